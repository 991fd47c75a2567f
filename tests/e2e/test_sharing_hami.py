"""The YAML of docs/sharing/hami-*.md, applied as it stands to nodes of that kind."""

from __future__ import annotations

import re

import pytest
import yaml
from support import mig, objects, oracle
from support.cluster import annotations
from support.objects import node, pod
from support.paths import ROOT
from support.wait import eventually

PAGES = {"hami-slices.md": lambda name: node(name, 4), "hami-mig.md": mig.mig_node}


def pods_of(page: str) -> list[dict]:
    text = (ROOT / "docs" / "sharing" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)
    pods = [yaml.safe_load(block) for block in blocks]
    for body in pods:
        body["metadata"]["namespace"] = "default"
        body["spec"]["terminationGracePeriodSeconds"] = 0
    return pods


@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_pod_of_the_page_is_bound_as_the_agent_reads_it(stack, cluster, agent, page):
    place = page.removesuffix(".md")
    cluster.create_nodes([PAGES[page](place)])
    stack.tangram.wait_knows(place)
    bodies = pods_of(page)
    assert len(bodies) >= 3, "the page shows how"
    for body in bodies:
        cluster.create_pod(body)
        cluster.wait_bound(body["metadata"]["name"])
    bound = [cluster.pod(body["metadata"]["name"]) for body in bodies]
    for one in bound:
        notes = annotations(one)
        assert notes[objects.VGPU_NODE] == place
        slots = oracle.decode_allocation(notes[objects.ALLOCATED])
        wanted = [
            int(c["resources"]["limits"][objects.GPU]) for c in one["spec"]["containers"]
        ]
        assert [len(slot) for slot in slots] == wanted
        assert mig.what_allocate_refuses(one) == []
    assert mig.overlaps(bound) == []


def test_instances_are_those_that_the_page_promises(stack, cluster, agent):
    cluster.create_nodes([mig.mig_node("cut")])
    stack.tangram.wait_knows("cut")
    got = {}
    for body in pods_of("hami-mig.md"):
        cluster.create_pod(body)
        (bound,) = cluster.wait_bound(body["metadata"]["name"])
        reserved = mig.decode_reservations(bound)
        got[body["metadata"]["name"]] = [
            (one["containerIndex"], one["deviceIndex"], one["profile"]) for one in reserved
        ]
        booked = oracle.decode_allocation(annotations(bound)[objects.ALLOCATED])
        memory = {one["name"]: one["memoryMB"] for one in mig.A100_80GB_PROFILES}
        assert [card.memory for slot in booked for card in slot] == [
            memory[one["profile"]] for one in reserved
        ]
    assert got == {
        "mig-by-memory": [(0, 0, "1g.10gb")],
        "mig-by-percentage": [(0, 0, "2g.20gb")],
        "mig-by-profile": [(0, 0, "3g.40gb"), (1, 0, "1g.10gb"), (1, 1, "1g.10gb")],
    }


def test_a_full_card_refuses_and_takes_again_when_a_pod_is_gone(stack, cluster, agent):
    cluster.create_nodes([mig.mig_node("tight", gpus=1)])
    stack.tangram.wait_knows("tight")
    by_name = {"nvidia.com/vgpu-mode": "mig", "tangram.dev/mig-profile": "3g.40gb"}
    cluster.create_pods([pod(name, annotations=by_name) for name in ("left", "right")])
    bound = cluster.wait_bound("left", "right")
    assert mig.overlaps(bound) == []
    cluster.create_pod(pod("waits", annotations=by_name))
    eventually(
        lambda: "CardMigTopologyInfeasible" in cluster.describe_unbound(["waits"]),
        "the pod is told why",
        10,
        seen=lambda: cluster.describe_unbound(["waits"]),
    )
    cluster.delete_pod("left")
    cluster.wait_bound("waits")
    assert mig.overlaps([cluster.pod("right"), cluster.pod("waits")]) == []


def test_a_profile_that_no_card_has_is_refused_for_good(stack, cluster, agent):
    cluster.create_nodes([mig.mig_node("odd", gpus=1)])
    stack.tangram.wait_knows("odd")
    cluster.create_pod(pod("never", annotations={"tangram.dev/mig-profile": "5g.50gb"}))
    eventually(
        lambda: "CardMigProfileUnknown" in cluster.describe_unbound(["never"]),
        "the pod is told why",
        10,
        seen=lambda: cluster.describe_unbound(["never"]),
    )


def test_a_restart_finds_the_instances_again(stack, cluster, agent):
    cluster.create_nodes([mig.mig_node("again", gpus=1)])
    stack.tangram.wait_knows("again")
    by_name = {"tangram.dev/mig-profile": "2g.20gb"}
    cluster.create_pods([pod(f"early-{i}", annotations=by_name) for i in range(2)])
    cluster.wait_bound("early-0", "early-1")
    stack.tangram.kill()
    stack.tangram.start()
    stack.tangram.wait_knows("again")
    cluster.create_pod(pod("late", annotations=by_name))
    cluster.wait_bound("late")
    names = ("early-0", "early-1", "late")
    assert mig.overlaps([cluster.pod(name) for name in names]) == []
