"""Many pods, judged from the API objects alone."""

from __future__ import annotations

import random
import time

from support import objects, oracle
from support.audit import SCHEDULER, TANGRAM
from support.books import assert_books_are_true
from support.cluster import annotations
from support.objects import container, node, nodes, on_node, pod
from support.wait import eventually

# How often each shape occurs, in percent.
SHAPES = {
    "slice": 26,
    "percent": 8,
    "whole": 10,
    "exclusive": 8,
    "pair": 12,
    "quad": 6,
    "two": 14,
    "init": 8,
    "numa": 4,
    "side": 4,
}


def _mixed_pods(count: int, seed: int) -> list[dict]:
    """Shapes of every kind that is placed by count, memory, percent and cores."""
    chance = random.Random(seed)

    def shape(name: str) -> dict:
        (kind,) = chance.choices(list(SHAPES), list(SHAPES.values()))
        mem = chance.randrange(1000, 65000, 500)
        cores = chance.choice([0, 10, 25, 30, 50])
        if kind == "slice":
            return pod(name, mem=mem, cores=cores)
        if kind == "percent":
            return pod(name, percent=chance.choice([10, 25, 33, 50]), cores=cores)
        if kind == "whole":
            return pod(name)
        if kind == "exclusive":
            return pod(name, cores=100)
        if kind == "pair":
            return pod(name, gpu=2, mem=mem, cores=cores)
        if kind == "quad":
            return pod(name, gpu=4, mem=mem // 2)
        if kind == "numa":
            return pod(name, gpu=2, mem=mem, annotations={"nvidia.com/numa-bind": "true"})
        if kind == "two":
            other = container("other", mem=chance.randrange(1000, 40000, 500), cores=20)
            return pod(name, containers=[container(mem=mem, cores=cores), other])
        if kind == "init":
            warm, main = container("warm", mem=mem), container(mem=mem // 2)
            return pod(name, init=[warm], containers=[main])
        side = container("side", mem=2000, cores=10, sidecar=True)
        return pod(name, init=[side], containers=[container(mem=mem, cores=cores)])

    return [shape(f"mixed-{i:03d}") for i in range(count)]


def test_300_mixed_pods_fill_20_nodes_without_overbooking_and_without_waste(stack, cluster, agent):
    cluster.create_nodes(nodes("mix", 20))
    conflicts = stack.tangram.metrics().get("tangram_bind_conflicts_total", 0)
    cluster.create_pods(_mixed_pods(300, seed=20))

    def unsettled() -> str:
        pods = cluster.pods()
        waiting = sum(1 for one in pods if not one["spec"].get("nodeName"))
        wrongly = oracle.wrongly_waiting(cluster.nodes(), pods) if waiting < 100 else ["many"]
        return f"{waiting} wait, of which would fit: {wrongly}" if wrongly else ""

    eventually(
        lambda: not unsettled(), "only what does not fit waits", 120, every=1.0, seen=unsettled
    )
    # The objects may have been read in the middle of something: they must stay so.
    pods = cluster.pods()
    bound = [one for one in pods if one["spec"].get("nodeName")]
    assert len(bound) >= 200, f"only {len(bound)} of 300 are bound"
    assert len(bound) < 300, "the mix must over-fill the cluster, or 'nothing waits' says nothing"
    assert oracle.wrongly_waiting(cluster.nodes(), pods) == []
    assert_books_are_true(stack.tangram, cluster)
    conflicts = stack.tangram.metrics().get("tangram_bind_conflicts_total", 0) - conflicts
    # None on an idle machine; on a busy one a filter may answer before the bind that it competes
    # with has booked its cards.
    assert conflicts <= len(bound) / 10, f"{conflicts} bind conflicts for {len(bound)} pods"


def test_room_of_a_deleted_pod_is_used_at_once(stack, cluster, agent):
    cluster.create_nodes([node("reuse", 2)])
    cluster.create_pods([pod("old-0", cores=100), pod("old-1", cores=100)])
    cluster.wait_bound("old-0", "old-1")
    eventually(lambda: len(agent.admitted) == 2, "both are served", 10)
    cluster.create_pod(pod("waiting", cores=100))
    eventually(lambda: _refused(cluster.pod("waiting")), "the third pod is refused", 10)
    # Long enough that only an event, and no back-off that happens to end, brings it back.
    time.sleep(4)
    assert cluster.node_of("waiting") is None

    cluster.delete_pod("old-0")
    # A second or two; kube-scheduler by itself tries again after five minutes.
    eventually(lambda: cluster.node_of("waiting"), "the waiting pod is bound", 20, every=0.02)


def test_waiting_pods_condition_is_patched_at_most_once_during_100_unrelated_binds(
    stack, cluster, agent
):
    """The wish for eight almost empty cards fails for the same reason all the time, whatever is
    bound meanwhile. A text that varies would be patched, and each patch wakes the pod again. The
    small pods are spread, so that no node runs out of slots: that would be another reason."""
    cluster.create_nodes(nodes("busy", 4))
    fillers = [on_node(pod(f"filler-{i}", mem=20000), f"busy-{i:02d}") for i in range(4)]
    cluster.create_pods(fillers)
    cluster.wait_bound(*[one["metadata"]["name"] for one in fillers])

    cluster.create_pod(pod("patient", gpu=8, mem=70000))
    eventually(lambda: _refused(cluster.pod("patient")), "the pod is refused", 10)
    # What the fillers did last may wake it once more before kube-scheduler has seen its own first
    # patch, and it then writes the same text again.
    time.sleep(2)
    audit = stack.audit()
    spread = {"hami.io/node-scheduler-policy": "spread"}
    small = [pod(f"small-{i:03d}", mem=500, annotations=spread) for i in range(100)]
    for start in range(0, 100, 10):  # spread over seconds, so that many versions are seen
        cluster.create_pods(small[start : start + 10])
        time.sleep(0.3)
    cluster.wait_bound(*[one["metadata"]["name"] for one in small], seconds=60)
    time.sleep(3)  # longer than the longest back-off

    patches = [call for call in audit.calls(resource="pods/status", name="patient")]
    assert {call.user for call in patches} <= {SCHEDULER}
    assert len(patches) <= 1, [str(call) for call in patches]
    assert cluster.node_of("patient") is None


def test_50_pods_on_one_node_with_an_agent_of_50_ms_queue_and_none_fails(stack, cluster, new_agent):
    cluster.create_nodes([node("narrow", 8)])
    stack.tangram.wait_knows("narrow")
    agent = new_agent(delay_seconds=0.05)
    audit = stack.audit()
    names = [f"queued-{i:02d}" for i in range(50)]
    cluster.create_pods([pod(name, mem=4000, cores=5) for name in names])
    cluster.wait_bound(*names, seconds=60)
    eventually(lambda: len(agent.admitted) == 50, "all are served", 20, seen=lambda: agent.admitted)

    calls = audit.calls()
    assert not [str(c) for c in calls if c.user == SCHEDULER and c.resource == "pods/status"], (
        "a bind failed into back-off"
    )
    bindings = [call for call in calls if call.resource == "pods/binding"]
    assert len(bindings) == 50 and {call.code for call in bindings} == {201}
    locks = [c for c in calls if c.user == TANGRAM and c.resource == "nodes" and c.verb == "patch"]
    taken = [call for call in locks if call.code == 200]
    assert len(taken) == 50, f"{len(locks)} lock patches, {len(taken)} done"
    assert objects.NODE_LOCK not in annotations(cluster.node("narrow"))
    assert_books_are_true(stack.tangram, cluster)


def _refused(body: dict) -> bool:
    conditions = body["status"].get("conditions", [])
    return any(one["type"] == "PodScheduled" and one["status"] == "False" for one in conditions)
