"""Nodes of NVIDIA's own stack: every YAML of docs/sharing, and counts that nobody overbooks."""

from __future__ import annotations

import random
import re
import threading

import pytest
import yaml
from support import nvidia_nodes as stock
from support import objects, paths
from support.cluster import annotations, why_pending
from support.objects import node, pod
from support.wait import eventually, never

SHARING = paths.ROOT / "docs" / "sharing"
CLASSES = "/apis/resource.k8s.io/v1/deviceclasses"
INSTANCES = {"1g.10gb": 2, "3g.40gb": 4}

# For each page the node that its pods are for, and one that is not.
NODES = {
    "README.md": stock.whole("for-it"),
    "whole-cards.md": stock.whole("for-it"),
    "time-slicing.md": stock.time_sliced("for-it", renamed=True),
    "mps.md": stock.mps("for-it"),
    "static-mig.md": stock.mig_mixed("for-it", INSTANCES),
    "vgpu.md": stock.vgpu("for-it"),
}


def blocks(page: str) -> list[dict]:
    text = (SHARING / page).read_text()
    found = re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)
    return [yaml.safe_load(block) for block in found]


def refusal(cluster, name: str) -> str | None:
    """kube-scheduler's words, once it has said that the pod fits nowhere."""
    text = why_pending(cluster.pod(name))
    return text if "Unschedulable" in text else None


def by_name(resource: str, name: str, count: int = 1) -> dict:
    body = pod(name, gpu=None)
    body["spec"]["containers"][0]["resources"] = {"limits": {stock.DOMAIN + resource: str(count)}}
    return body


@pytest.mark.parametrize("page", sorted(NODES))
def test_every_yaml_of_the_page_works_on_the_node_it_is_for(page, whole_stack, cluster):
    stack = whole_stack([NODES[page], node("slices", 2), node("plain", gpus=0)])
    stack.tangram.wait_knows("for-it", "slices")
    if page in ("README.md", "whole-cards.md", "mps.md"):
        # What asks for whole cards would find them on the other node as well.
        cluster.delete_node("slices")
    names = []
    for block in blocks(page):
        if block["kind"] == "Pod":
            block["metadata"]["namespace"] = "default"
            cluster.create_pod(block)
            names.append(block["metadata"]["name"])
        else:
            assert block["kind"] == "ConfigMap"
            cluster.request("POST", "/api/v1/namespaces/default/configmaps", block)
            path = "/api/v1/namespaces/default/configmaps/" + block["metadata"]["name"]
            cluster.request("DELETE", path)
    assert names, f"{page} has no pod"
    for bound in cluster.wait_bound(*names):
        assert bound["spec"]["nodeName"] == "for-it"
        assert not [key for key in annotations(bound) if key.startswith("hami.io/")]
    assert stock.overbooked(cluster.nodes(), cluster.pods()) == []


FIRST = [
    ("whole", stock.whole("it"), "nvidia.com/gpu"),
    ("time-sliced", stock.time_sliced("it"), "nvidia.com/gpu"),
    ("mps", stock.mps("it"), "nvidia.com/gpu"),
    ("mig-single", stock.mig_single("it", 7), "nvidia.com/gpu"),
    ("vgpu", stock.vgpu("it"), "nvidia.com/gpu"),
]


@pytest.mark.parametrize(("kind", "body", "resource"), FIRST, ids=[one[0] for one in FIRST])
def test_the_first_pod_takes_one_device_of_every_kind_of_node(kind, body, resource, stack, cluster):
    cluster.create_nodes([body])
    (first,) = blocks("README.md")
    first["metadata"]["namespace"] = "default"
    cluster.create_pod(first)
    cluster.wait_bound("cuda-vector-add")
    (pool,) = stack.tangram.top()["nodes"][0]["pools"]
    assert (pool["resource"], pool["devices"]["used"]) == (resource, 1), kind


def test_the_first_pod_gets_a_whole_card_of_a_node_with_an_agent(stack, cluster, agent):
    cluster.create_nodes([node("hami", 2)])
    (first,) = blocks("README.md")
    first["metadata"]["namespace"] = "default"
    cluster.create_pod(first)
    cluster.wait_bound("cuda-vector-add")
    cards = stack.tangram.top()["nodes"][0]["cards"]
    assert sorted(card["memory_mib"]["used"] for card in cards) == [0, objects.A100_80GB_MIB]


def test_a_slice_is_refused_where_nobody_gives_parts(stack, cluster):
    cluster.create_nodes([stock.whole("stock-a"), stock.time_sliced("stock-b")])
    cluster.create_pod(pod("slice", mem=3000))
    text = eventually(lambda: refusal(cluster, "slice"), "a reason", 20)
    assert "2 NodeSharesNoSlices" in text, text


def test_mixed_pods_on_nodes_of_every_kind_overbook_nothing(whole_stack, cluster, agent):
    chance = random.Random(5)
    stack = whole_stack(
        [
            node("hami-a", 4),
            node("hami-b", 4),
            stock.whole("whole-a"),
            stock.time_sliced("sliced-a"),
            stock.time_sliced("renamed-a", renamed=True),
            stock.mig_mixed("mig-a", INSTANCES),
            stock.mig_mixed("mig-b", INSTANCES),
        ]
    )
    kinds = ["slice", "slice", "whole", "shared", "mig-1g.10gb", "mig-3g.40gb"]

    def make(name: str) -> dict:
        kind = chance.choice(kinds)
        if kind == "slice":
            return pod(name, mem=chance.randrange(10000, 60000, 1000))
        if kind == "whole":
            return pod(name, gpu=chance.choice([1, 1, 2]))
        return by_name("gpu.shared" if kind == "shared" else kind, name)

    cluster.create_pods([make(f"mixed-{i:03d}") for i in range(100)])

    def wrongly_waiting() -> list[str]:
        """By the counts of stock nodes alone: what fits there must not wait."""
        nodes, pods = cluster.nodes(), cluster.pods()
        found = []
        for one in pods:
            wants = stock.asked(one)
            if one["spec"].get("nodeName") or objects.MEMORY in wants:
                continue
            for place in nodes:
                if objects.REGISTER in (place["metadata"].get("annotations") or {}):
                    continue
                tried = one | {"spec": one["spec"] | {"nodeName": place["metadata"]["name"]}}
                if not stock.overbooked([place], [*pods, tried]):
                    found.append(one["metadata"]["name"])
        return found

    eventually(lambda: not wrongly_waiting(), "only what does not fit waits", 120, every=1.0)
    never(lambda: stock.overbooked(cluster.nodes(), cluster.pods()), "a pool is overbooked", 2)
    bound = [one for one in cluster.pods() if one["spec"].get("nodeName")]
    assert len(bound) > 40
    used = {
        (place["name"], pool["resource"]): pool["devices"]["used"]
        for place in stack.tangram.top()["nodes"]
        for pool in place.get("pools", [])
    }
    counted: dict[tuple[str, str], int] = dict.fromkeys(used, 0)
    for one in bound:
        for resource, count in stock.asked(one).items():
            key = (one["spec"]["nodeName"], resource)
            if key in counted:
                counted[key] += count
    assert used == counted


def test_a_node_that_is_cut_anew_under_load_is_never_overbooked(whole_stack, cluster):
    whole_stack(
        [stock.mig_mixed("steady", {"1g.10gb": 7}), stock.mig_mixed("cut", {"3g.40gb": 2})]
    )
    seen: list[str] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.05):
            seen.extend(stock.overbooked(cluster.nodes(), cluster.pods()))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        stock.relabel(cluster, "cut", {"1g.10gb": 7}, "pending")
        cluster.create_pods([by_name("mig-1g.10gb", f"load-{i:02d}") for i in range(12)])
        eventually(lambda: _bound_on(cluster, "steady") == 7, "the steady node is full", 30)
        never(lambda: _bound_on(cluster, "cut"), "a pod goes to a node that is being cut", 2)
        stock.relabel(cluster, "cut", {"1g.10gb": 7}, "success")
        eventually(lambda: _bound_on(cluster, "cut") == 5, "the others got the new layout", 60)
    finally:
        ended.set()
        watcher.join()
    assert seen == []


def _bound_on(cluster, name: str) -> int:
    return sum(1 for one in cluster.pods() if one["spec"].get("nodeName") == name)


def test_a_node_that_counts_its_cards_serves_them_beside_a_device_class(stack, cluster):
    cluster.create_nodes([stock.whole("stock-a")])
    body = {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "DeviceClass",
        "metadata": {"name": "gpu.nvidia.com"},
        "spec": {"extendedResourceName": "nvidia.com/gpu"},
    }
    made = cluster.request("POST", CLASSES, body)
    if "extendedResourceName" not in made["spec"]:
        # The server drops the field where its gate is off; the implicit name is there all the same.
        cluster.request("DELETE", f"{CLASSES}/gpu.nvidia.com")
        pytest.fail("this API server does not keep extendedResourceName")
    try:
        # Where the kubelet counts the resource, kube-scheduler makes no claim for it (KEP-5004).
        cluster.create_pod(pod("counted"))
        cluster.wait_bound("counted")
    finally:
        cluster.request("DELETE", f"{CLASSES}/gpu.nvidia.com")
