"""The YAML of docs/sharing/amd.md and intel.md on nodes of these vendors; and two in one pod."""

from __future__ import annotations

import re

import pytest
import yaml
from support import objects, paths
from support import nvidia_nodes as stock
from support.amd import (
    ALLOCATED,
    MEMORY,
    PRODUCT,
    TO_ALLOCATE,
    UNITS,
    amd_node,
    amd_uuid,
    decode,
    serve,
)
from support.cluster import annotations
from support.objects import container, node, pod
from support.wait import eventually

def documented(page: str) -> dict[str, dict]:
    """The pods of a page, by name."""
    text = (paths.ROOT / "docs" / "sharing" / page).read_text()
    bodies = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    return {body["metadata"]["name"]: body for body in bodies}


EXPECTED = {
    "amd-slice": (1, 32768, 76),
    "amd-whole": (1, MEMORY, UNITS),
    "amd-mi300x": (2, 16384, 152),
}
COUNTED = ("amd-counted", "amd-counted-mi300x")


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_documented_pods_are_bound_with_what_they_ask_for(stack, cluster, name):
    pods = documented("amd.md")
    assert set(pods) == {*EXPECTED, *COUNTED}
    cluster.create_nodes([amd_node("amd", 2), node("nvidia", 2)])
    stack.tangram.wait_knows("amd")
    cluster.create_pod(pods[name])
    (bound,) = cluster.wait_bound(name)
    assert bound["spec"]["nodeName"] == "amd"
    notes = annotations(bound)
    count, memory, units = EXPECTED[name]
    assert notes[TO_ALLOCATE] == notes[ALLOCATED]
    assert objects.ALLOCATED not in notes and objects.TO_ALLOCATE not in notes
    (devices,) = decode(notes[ALLOCATED])
    assert {device[1:] for device in devices} == {(PRODUCT, memory, units)}
    assert len({device[0] for device in devices}) == count == len(devices)
    assert {device[0] for device in devices} <= {amd_uuid("amd", i) for i in range(2)}
    serve(cluster, bound)


def test_a_card_is_filled_to_its_last_unit_and_not_beyond(stack, cluster):
    cluster.create_nodes([amd_node("amd", 1)])
    stack.tangram.wait_knows("amd")
    slice_of = documented("amd.md")["amd-slice"]
    names = [f"slice-{i}" for i in range(5)]
    taken = 0
    for name in names[:4]:
        cluster.create_pod({**slice_of, "metadata": {"name": name}})
        (bound,) = cluster.wait_bound(name)
        ((device,),) = decode(annotations(bound)[ALLOCATED])
        taken += device[3]
        serve(cluster, bound)
    assert taken == UNITS
    cluster.create_pod({**slice_of, "metadata": {"name": names[4]}})

    def refused() -> bool:
        conditions = cluster.pod(names[4])["status"].get("conditions") or []
        return any("CardInsufficientCore" in (one.get("message") or "") for one in conditions)

    eventually(refused, "the fifth pod is told that no units are left", 20)
    cluster.delete_pod(names[0])
    cluster.wait_bound(names[4])


def test_two_vendors_in_one_pod_have_a_slot_for_every_container_each(stack, cluster):
    cluster.create_nodes([amd_node("both", 2, nvidia=2), amd_node("amd", 2), node("nvidia", 2)])
    stack.tangram.wait_knows("both")
    amd = container("amd", gpu=None)
    amd["resources"] = {"limits": {"amd.com/gpu": "1", "amd.com/gpumem": "4096"}}
    cluster.create_pod(
        pod("mixed", containers=[container("plain", gpu=None), amd, container("nvidia", mem=3000)])
    )
    (bound,) = cluster.wait_bound("mixed")
    assert bound["spec"]["nodeName"] == "both"
    notes = annotations(bound)
    nothing, ours, none = decode(notes[ALLOCATED])
    assert nothing == none == [] and ours[0][1:] == (PRODUCT, 4096, UNITS)
    first, second, theirs = decode(notes[objects.ALLOCATED])
    assert first == second == [] and theirs[0][1:] == ("NVIDIA", 3000, 0)


def counting_node(name: str, offers: dict[str, int], labels: dict[str, str]) -> dict:
    """A node of a stock device plugin: numbers in allocatable, and labels."""
    body = node(name, gpus=0, labels=labels)
    amounts = {resource: str(count) for resource, count in offers.items()}
    body["status"]["capacity"] = body["status"]["allocatable"] | amounts
    body["status"]["allocatable"] = body["status"]["capacity"]
    return body


AMD_LABELS = {"amd.com/gpu.product-name": "AMD_Instinct_MI300X_OAM", "amd.com/gpu.vram": "192G"}
INTEL_LABELS = {"gpu.intel.com/device.count": "2", "gpu.intel.com/product": "Max_1550"}


def only_pool(stack, name: str) -> dict:
    (place,) = [one for one in stack.tangram.top()["nodes"] if one["name"] == name]
    (pool,) = place["pools"]
    return pool


def wait_refused(cluster, name: str, reason: str) -> None:
    def refused() -> bool:
        conditions = cluster.pod(name)["status"].get("conditions") or []
        return any(reason in (one.get("message") or "") for one in conditions)

    eventually(refused, f"{name} is told {reason}", 20, seen=lambda: cluster.pod(name)["status"])


def test_amds_own_plugin_is_counted_and_nothing_is_promised(stack, cluster):
    cluster.create_nodes([counting_node("counts", {"amd.com/gpu": 3}, AMD_LABELS)])
    stack.tangram.wait_knows("counts")
    # Bound by somebody else, and counted all the same.
    other = pod("other", [{**documented("amd.md")["amd-whole"]["spec"]["containers"][0]}])
    other["spec"]["nodeName"] = "counts"
    cluster.create_pod(other)
    pods = documented("amd.md")
    cluster.create_pod(pods["amd-counted-mi300x"])
    (bound,) = cluster.wait_bound("amd-counted-mi300x")
    assert not [key for key in annotations(bound) if key.startswith("hami.io/")]
    assert objects.NODE_LOCK not in annotations(cluster.node("counts"))
    eventually(lambda: only_pool(stack, "counts")["devices"]["used"] == 3, "all are counted", 10)
    cluster.create_pod(pods["amd-counted"])
    wait_refused(cluster, "amd-counted", "PoolExhausted")
    cluster.delete_pod("other")
    cluster.wait_bound("amd-counted")
    cluster.create_pod(pods["amd-slice"])
    wait_refused(cluster, "amd-slice", "NodeSharesNoSlices")


@pytest.mark.parametrize("resource", ["i915", "xe"])
def test_intels_shares_are_counted_to_the_last(resource, whole_stack, cluster):
    name = f"gpu.intel.com/{resource}"
    stack = whole_stack(
        [counting_node("shares", {name: 4}, INTEL_LABELS), stock.whole("other"), node("plain", 0)]
    )
    stack.tangram.wait_knows("shares")
    body = documented("intel.md")[f"intel-{resource}"]
    names = [f"share-{i}" for i in range(4)]
    cluster.create_pods([{**body, "metadata": {"name": one}} for one in names])
    for bound in cluster.wait_bound(*names):
        assert bound["spec"]["nodeName"] == "shares"
        assert not [key for key in annotations(bound) if key.startswith("hami.io/")]
    pool = only_pool(stack, "shares")
    assert (pool["resource"], pool["devices"]["used"], pool["replicas"]) == (name, 4, 2)
    cluster.create_pod(body)
    wait_refused(cluster, body["metadata"]["name"], name)
    cluster.delete_pod(names[0])
    cluster.wait_bound(body["metadata"]["name"])
