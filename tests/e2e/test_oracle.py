"""The oracle judges everything else, so it is shown cluster states whose verdict is known."""

from __future__ import annotations

import json

import pytest
from support import amd, mig, mixed_oracle, nvidia_nodes, objects, oracle
from support.objects import container, node, pod


def _bound(name: str, place: str, allocated: str, **wants: object) -> dict:
    body = pod(name, **wants)
    body["metadata"]["annotations"] = {
        **body["metadata"].get("annotations", {}),
        objects.ALLOCATED: allocated,
        objects.VGPU_NODE: place,
    }
    body["spec"]["nodeName"] = place
    return body


@pytest.mark.parametrize(
    ("text", "value"),
    [("3k", 3000), ("3Ki", 3072), ("1.5", None), ("500m", None), ("1e3", 1000), ("-5", -5), (7, 7)],
)
def test_quantity_is_exact(text, value):
    assert oracle.whole(text, absent=-1) == (-1 if value is None else value)


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        (["50000,50", "31920,50"], ""),
        (["50000,50", "31921,50"], "memory 81921 of 81920"),
        (["1000,60", "1000,60"], "cores 120 of 100"),
        (["1000,100", "1000,0"], "holds it alone"),
        (["1000,0"] * 10, ""),
        (["1000,0"] * 11, "slots 11 of 10"),
    ],
)
def test_overbooked_card_is_found(shares, verdict):
    pods = []
    for index, share in enumerate(shares):
        memory, cores = share.split(",")
        wants = {"mem": int(memory), "cores": int(cores)}
        pods.append(_bound(f"p{index}", "n", f"GPU-n-0,NVIDIA,{share}:;", **wants))
    wrong = [text for text in oracle.violations([node("n", 1)], pods) if "GPU-n-0" in text]
    assert (verdict in wrong[0]) if verdict else wrong == []


@pytest.mark.parametrize(
    ("allocated", "verdict"),
    [
        ("GPU-n-0,NVIDIA,3000,30:GPU-n-1,NVIDIA,3000,30:;", ""),
        ("GPU-n-0,NVIDIA,3000,30:;", "has 1 cards, 2 different wanted"),
        ("GPU-n-0,NVIDIA,3000,30:GPU-n-0,NVIDIA,3000,30:;", "2 different wanted"),
        ("GPU-n-0,NVIDIA,2999,30:GPU-n-1,NVIDIA,3000,30:;", "wanted (3000, 30)"),
        ("GPU-n-0,NVIDIA,3000,30:GPU-x,NVIDIA,3000,30:;", "card of another node"),
        ("GPU-n-0,NVIDIA,3000,30:GPU-n-1,NVIDIA,3000,30:;;", "2 slots for 1 containers"),
        ("GPU-n-0,NVIDIA,3000,30", "does not end with"),
        ("", "does not end with"),
    ],
)
def test_allocation_that_is_not_what_was_asked_is_found(allocated, verdict):
    body = _bound("p", "n", allocated, gpu=2, mem=3000, cores=30)
    wrong = oracle.violations([node("n", 2)], [body])
    assert any(verdict in text for text in wrong) if verdict else wrong == []


def test_init_container_and_app_container_are_folded():
    body = pod("p", init=[container("i", mem=50000)], containers=[container(mem=20000)])
    body["metadata"]["annotations"] = {
        objects.ALLOCATED: "GPU-n-0,NVIDIA,50000,0:;GPU-n-0,NVIDIA,20000,0:;"
    }
    assert oracle.uses_of(body) == {"GPU-n-0": oracle.Use(50000, 0, 1)}
    body["status"] = {"initContainerStatuses": [{"state": {"terminated": {"exitCode": 0}}}]}
    assert oracle.uses_of(body) == {"GPU-n-0": oracle.Use(20000, 0, 1)}


def test_sidecar_counts_beside_the_app_container():
    side = container("s", mem=50000, sidecar=True)
    body = pod("p", init=[side], containers=[container(mem=20000)])
    body["metadata"]["annotations"] = {
        objects.ALLOCATED: "GPU-n-0,NVIDIA,50000,0:;GPU-n-0,NVIDIA,20000,0:;"
    }
    assert oracle.uses_of(body) == {"GPU-n-0": oracle.Use(70000, 0, 2)}


def test_placement_is_searched_beyond_the_first_choice():
    """Both cards take the first container, only the big one takes the second."""
    cards = [objects.card("GPU-big", 0), objects.card("GPU-small", 1, devmem=24576)]
    both = [container("one", mem=20000, cores=60), container("two", mem=60000, cores=60)]
    assert oracle.can_place_alone(pod("p", both), [node("n", cards=cards)], []) == "n"
    too_much = [container("one", mem=30000), container("two", mem=60000)]
    assert oracle.can_place_alone(pod("p", too_much), [node("n", cards=cards)], []) is None


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        (pod("p", mem=31920), True),
        (pod("p", mem=31921), False),
        (pod("p", percent=38), True),
        (pod("p", percent=39), False),
        (pod("p", mem=1000, cores=50), True),
        (pod("p", mem=1000, cores=51), False),
        (pod("p", gpu=2, mem=1000), False),
        (pod("p", mem=1000, annotations={"nvidia.com/use-gputype": "h100"}), False),
        (pod("p", mem=1000, annotations={"nvidia.com/use-gputype": "a100,h100"}), True),
        (pod("p", mem=1000, annotations={"nvidia.com/nouse-gpuuuid": "GPU-n-0"}), False),
        (pod("p", mem=1000, annotations={"nvidia.com/vgpu-mode": "mig"}), False),
        (pod("p", gpu=11, mem=1), False),
    ],
)
def test_can_place_alone_knows_the_rules(body, fits):
    taken = _bound("taken", "n", "GPU-n-0,NVIDIA,50000,50:;", mem=50000, cores=50)
    place = oracle.can_place_alone(body, [node("n", 1)], [taken])
    assert place == ("n" if fits else None)


@pytest.mark.parametrize(
    ("change", "fits"),
    [({}, True), ({"health": False}, False), ({"devmem": 999}, False), ({"count": 0}, False)],
)
def test_can_place_alone_knows_the_card(change, fits):
    place = node("n", cards=[objects.card("GPU-a", **change)])
    assert (oracle.can_place_alone(pod("p", mem=1000), [place], []) == "n") is fits


def test_numa_bind_keeps_the_cards_of_a_container_on_one_numa_node():
    cards = [objects.card(f"GPU-{i}", i, numa=i) for i in range(2)]
    bound = pod("p", gpu=2, mem=1000, annotations={"nvidia.com/numa-bind": "true"})
    assert oracle.can_place_alone(bound, [node("n", cards=cards)], []) is None
    assert oracle.can_place_alone(pod("q", gpu=2, mem=1000), [node("n", cards=cards)], []) == "n"


def _instance(name: str, place: str, profile: str, start: int, size: int, **wants: object) -> dict:
    """A pod with one instance on the node's first card."""
    found = next(one for one in mig.A100_80GB_PROFILES if one["name"] == profile)
    card = objects.card_uuid(place, 0)
    booked = f"{card},NVIDIA,{found['memoryMB']},{found['core']}:;"
    body = _bound(name, place, booked, **wants)
    reserved = {
        "containerIndex": 0,
        "deviceIndex": 0,
        "gpuUUID": card,
        "profile": profile,
        "placement": {"start": start, "size": size},
    }
    body["metadata"]["annotations"][mig.MIG_ALLOCATIONS] = json.dumps([reserved])
    return body


@pytest.mark.parametrize(
    ("profile", "start", "size", "wants", "verdict"),
    [
        ("3g.40gb", 4, 4, {"mem": 30000}, ""),
        ("3g.40gb", 0, 4, {"mem": 30000}, "overlaps"),
        ("1g.10gb", 2, 1, {"mem": 30000}, "wanted"),
        ("2g.20gb", 3, 2, {"mem": 15000}, "no placement of the card"),
        ("1g.10gb", 2, 1, {"mem": 9000, "gpu": 2}, "wanted 2"),
    ],
)
def test_instance_in_the_wrong_place_is_found(profile, start, size, wants, verdict):
    pods = [
        _instance("first", "n", "2g.20gb", 0, 2, mem=15000),
        _instance("second", "n", profile, start, size, **wants),
    ]
    wrong = mixed_oracle.violations([mig.mig_node("n", 1)], pods)
    assert any(verdict in text for text in wrong) if verdict else wrong == []


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        (pod("p", mem=40000), True),
        (pod("p", mem=40449), False),
        (pod("p", gpu=3, mem=9000), True),
        (pod("p", gpu=2, mem=30000), False),
        (pod("p", gpu=5, annotations={"tangram.dev/mig-profile": "1g.10gb"}), True),
        (pod("p", gpu=6, annotations={"tangram.dev/mig-profile": "1g.10gb"}), False),
        (pod("p", mem=9000, annotations={"nvidia.com/vgpu-mode": "hami-core"}), False),
        (pod("p"), False),
    ],
)
def test_what_a_cut_card_still_gives_is_known(body, fits):
    place = mig.mig_node("n", 1)
    taken = _instance("taken", "n", "2g.20gb", 0, 2, mem=15000)
    assert (mixed_oracle.place_for(body, [place], [taken]) == "n") is fits


@pytest.mark.parametrize(
    ("memory", "units", "verdict"),
    [(65536, 152, ""), (65537, 152, "MiB and"), (65536, 304, "MiB and")],
)
def test_shares_of_an_amd_card_are_judged(memory, units, verdict):
    place = amd.amd_node("n", 1)
    wants = {"mem": 65536, "percent": 50}
    pods = []
    for name in ("one", "two"):
        body = pod(name, [amd.container("main", **wants)])
        text = f"{amd.amd_uuid('n', 0)},{amd.PRODUCT},{memory},{units}:;"
        body["metadata"]["annotations"] = {amd.ALLOCATED: text}
        body["spec"]["nodeName"] = "n"
        pods.append(body)
    wrong = mixed_oracle.violations([place], pods)
    assert any(verdict in text for text in wrong) if verdict else wrong == []
    third = pod("third", [amd.container("main", mem=1, percent=1)])
    assert mixed_oracle.place_for(third, [place], pods) is None
    assert mixed_oracle.place_for(third, [place], pods[:1]) == "n" or verdict


@pytest.mark.parametrize(
    ("state", "asked", "place"),
    [("success", 2, "n"), ("success", 3, None), ("pending", 1, None)],
)
def test_what_only_counts_is_counted(state, asked, place):
    body = pod("p", gpu=None)
    body["spec"]["containers"][0]["resources"] = {"limits": {"nvidia.com/mig-1g.10gb": str(asked)}}
    found = nvidia_nodes.mig_mixed("n", {"1g.10gb": 2}, state)
    assert mixed_oracle.place_for(body, [found, node("slices", 1)], []) == place
