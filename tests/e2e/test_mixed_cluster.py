"""One cluster with nodes of every kind and pods of every kind, judged by the objects alone."""

from __future__ import annotations

import random
import threading

from support import amd, mig, mixed_oracle, objects
from support import nvidia_nodes as stock
from support.cluster import why_pending
from support.objects import container, node, on_node, pod
from support.wait import eventually, never

CUT_BEFORE, CUT_AFTER = {"3g.40gb": 4}, {"1g.10gb": 14}
BY_PROFILE = "tangram.dev/mig-profile"
MODE_MIG = {"nvidia.com/vgpu-mode": "mig"}

# How often each kind of pod occurs, in percent.
KINDS = {
    "slice": 18,
    "percent": 8,
    "pair": 5,
    "two": 5,
    "mig-by-profile": 8,
    "mig-by-memory": 6,
    "mig-mixed": 4,
    "whole": 12,
    "replica": 8,
    "static-1g": 12,
    "static-3g": 6,
    "amd": 8,
}


def _nodes() -> list[dict]:
    return [
        *[node(f"slices-{one}", 4) for one in "abcd"],
        mig.mig_node("dynamic-a"),
        mig.mig_node("dynamic-b"),
        stock.whole("whole-a"),
        stock.whole("whole-b"),
        stock.time_sliced("turns-a", cards=4),
        stock.time_sliced("turns-b", renamed=True),
        stock.mig_mixed("static-a", {"1g.10gb": 4, "3g.40gb": 1}),
        stock.mig_mixed("static-b", CUT_BEFORE),
        amd.amd_node("amd-a", 2),
    ]


def _by_resource(name: str, resource: str, count: int = 1) -> dict:
    body = pod(name, gpu=None)
    body["spec"]["containers"][0]["resources"] = {"limits": {stock.DOMAIN + resource: str(count)}}
    return body


def _pod(kind: str, name: str, chance: random.Random) -> dict:
    mem = chance.randrange(2000, 40000, 500)
    cores = chance.choice([None, 10, 25, 50, 100])
    if kind == "slice":
        return pod(name, mem=mem, cores=cores)
    if kind == "percent":
        return pod(name, percent=chance.choice([10, 24, 33, 50]), cores=cores)
    if kind == "pair":
        return pod(name, gpu=2, mem=mem, cores=chance.choice([None, 20]))
    if kind == "two":
        return pod(name, [container("one", mem=mem), container("two", mem=4000, cores=20)])
    if kind == "mig-by-profile":
        profile = chance.choice(["1g.10gb", "1g.10gb", "2g.20gb", "3g.40gb"])
        return pod(name, gpu=chance.choice([1, 1, 2]), annotations={BY_PROFILE: profile})
    if kind == "mig-by-memory":
        return pod(name, mem=chance.choice([5000, 9000, 15000, 30000]), annotations=MODE_MIG)
    if kind == "mig-mixed":
        both = [container("one"), container("two", mem=chance.choice([4000, 12000]))]
        return pod(name, both, annotations={BY_PROFILE: "one=2g.20gb"})
    if kind == "whole":
        return pod(name, gpu=chance.choice([1, 1, 1, 2]))
    if kind == "replica":
        return _by_resource(name, "gpu.shared")
    if kind == "amd":
        wants = {"mem": chance.choice([16384, 49152, None]), "percent": chance.choice([10, 25, 50])}
        return pod(name, [amd.container("main", gpu=chance.choice([1, 1, 2]), **wants)])
    return _by_resource(name, "mig-1g.10gb" if kind == "static-1g" else "mig-3g.40gb")


def _pods(count: int, seed: int) -> list[dict]:
    """One of each kind first, then by chance."""
    chance = random.Random(seed)
    kinds = list(KINDS)
    kinds += chance.choices(kinds, list(KINDS.values()), k=count - len(kinds))
    return [_pod(kind, f"{kind}-{i:03d}", chance) for i, kind in enumerate(kinds)]


def _on(cluster, name: str) -> list[str]:
    pods = cluster.pods()
    return [one["metadata"]["name"] for one in pods if one["spec"].get("nodeName") == name]


def _settle(cluster, seconds: float = 180) -> list[dict]:
    """Waits until only what does not fit waits; the pods as they are then."""

    def wrong() -> list[str]:
        return mixed_oracle.wrongly_waiting(cluster.nodes(), cluster.pods())

    eventually(
        lambda: not wrong(), "only what does not fit waits", seconds, every=1.0, seen=wrong
    )
    pods = cluster.pods()
    assert mixed_oracle.violations(cluster.nodes(), pods) == []
    return pods


class _Watcher:
    """Looks for anything given out twice, all the time. Pods are read before nodes: a pod that is
    seen was placed on the node as it was then or is now."""

    def __init__(self, cluster) -> None:
        self._cluster = cluster
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.looks = 0
        self.seen: list[str] = []

    def __enter__(self) -> _Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.25):
            pods = self._cluster.pods()
            self.seen += mixed_oracle.violations(self._cluster.nodes(), pods)
            self.looks += 1


def _begin_to_cut(cluster, name: str) -> None:
    """The MIG manager sets the state and sends pods away; the plugin is stopped. What is bound
    before the state is seen is sent away too."""
    pending = {"metadata": {"labels": {"nvidia.com/mig.config.state": "pending"}}}
    cluster.patch(f"/api/v1/nodes/{name}", pending)
    probe = on_node(_by_resource("probe", "mig-3g.40gb"), name)

    def told() -> bool:
        for bound in _on(cluster, name):
            cluster.delete_pod(bound)
        seen = cluster.pod_or_none("probe")
        if seen is None:
            cluster.create_pod(probe)
        return seen is not None and "MigConfigPending" in why_pending(seen)

    eventually(told, "a pod for that node is told that it is being cut", 30, every=0.3)
    cluster.delete_pod("probe")
    assert _on(cluster, name) == []
    stock.relabel(cluster, name, CUT_BEFORE, "pending", offered=False)


def test_200_mixed_pods_on_nodes_of_every_kind_while_one_is_cut_anew(whole_stack, cluster, agent):
    stack = whole_stack(_nodes())
    stack.tangram.wait_knows(*[one["metadata"]["name"] for one in _nodes()])
    pods = _pods(200, seed=11)
    with amd.AmdAgent(cluster, "amd-a") as amd_agent, _Watcher(cluster) as watcher:
        each = pods[: len(KINDS)]
        cluster.create_pods(each)
        cluster.wait_bound(*[one["metadata"]["name"] for one in each])
        cluster.create_pods(pods[len(KINDS) : 120])
        _settle(cluster)
        assert _on(cluster, "static-b"), "the node is in use before it is cut"

        _begin_to_cut(cluster, "static-b")
        cluster.create_pods(pods[120:])
        stock.relabel(cluster, "static-b", CUT_AFTER, "pending")
        never(lambda: _on(cluster, "static-b"), "a pod goes to a node that is being cut", 5)
        _settle(cluster)
        assert _on(cluster, "static-b") == []
        stock.relabel(cluster, "static-b", CUT_AFTER, "success")
        placed = _settle(cluster)

        anew = _on(cluster, "static-b")
        assert anew and all(name.startswith("static-1g-") for name in anew)
        running = [one["metadata"]["name"] for one in placed if one["spec"].get("nodeName")]
        # How many there is room for depends on who came first.
        assert 80 <= len(running) < len(placed), "the mix over-fills the cluster"

        for name in random.Random(3).sample(sorted(running), 40):
            cluster.delete_pod(name)
        _settle(cluster)
    assert amd_agent.violations == []
    assert watcher.looks > 10
    assert watcher.seen == []
    assert {one["name"] for one in stack.tangram.top()["nodes"]} == {
        one["metadata"]["name"] for one in _nodes()
    }
    used = [name for name in ("slices-a", "dynamic-a", "whole-a", "amd-a") if _on(cluster, name)]
    assert len(used) == 4, f"nodes of every kind are in use: {used}"
    assert objects.NODE_LOCK not in cluster.node("amd-a")["metadata"]["annotations"]
