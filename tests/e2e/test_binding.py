"""What a bind writes, seen by HAMi's node agent and by the API server's audit log."""

from __future__ import annotations

import re
import time

from support import objects, oracle
from support.audit import AGENT, SCHEDULER, TANGRAM
from support.books import assert_books_are_true
from support.cluster import annotations
from support.objects import container, node, pod
from support.stack import Layout
from support.wait import eventually

DEVICE = r"(GPU-[^,;:]+,NVIDIA,[0-9]+,[0-9]+:)"


def test_annotations_and_label_are_what_the_agent_reads_in_one_binding(stack, cluster, new_agent):
    cluster.create_nodes([node("wire", 4)])
    agent = new_agent(delay_seconds=1.0)  # long enough to read the pod before it is served
    stack.tangram.wait_knows("wire")
    audit = stack.audit()
    before = time.time()
    cluster.create_pod(
        pod(
            "multi",
            init=[container("fetch", gpu=1)],
            containers=[
                container("train", gpu=2, mem=3000, cores=30),
                container("plain", gpu=None),
            ],
        )
    )
    (bound,) = cluster.wait_bound("multi")
    lock = annotations(cluster.node("wire"))[objects.NODE_LOCK]
    notes = annotations(bound)
    assert notes[objects.VGPU_NODE] == "wire"
    assert bound["metadata"]["labels"][objects.VGPU_NODE] == "wire"
    assert notes[objects.BIND_PHASE] == "allocating"
    for key in (objects.VGPU_TIME, objects.BIND_TIME):
        assert re.fullmatch("[0-9]{10}", notes[key]), key
        assert before - 2 <= int(notes[key]) <= time.time() + 2, key
    # Slots: init containers, then the others; an empty one for a container without a card.
    pattern = f"{DEVICE};{DEVICE}{DEVICE};;"
    assert re.fullmatch(pattern, notes[objects.ALLOCATED]), notes[objects.ALLOCATED]
    assert notes[objects.TO_ALLOCATE] == notes[objects.ALLOCATED]
    first, second, third = oracle.decode_allocation(notes[objects.ALLOCATED])
    assert [(one.memory, one.cores) for one in first] == [(objects.A100_80GB_MIB, 0)]
    assert [(one.memory, one.cores) for one in second] == [(3000, 30), (3000, 30)]
    assert len({one.uuid for one in second}) == 2 and third == []
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ,default,multi", lock), lock

    eventually(lambda: "multi" in agent.admitted, "the node agent has served the pod", 10)
    served = annotations(cluster.pod("multi"))
    assert served[objects.BIND_PHASE] == "success" and served[objects.TO_ALLOCATE] == ";;;"
    assert served[objects.ALLOCATED] == notes[objects.ALLOCATED]
    assert objects.NODE_LOCK not in annotations(cluster.node("wire"))

    calls = audit.calls()
    ours = [str(call) for call in calls if call.user == TANGRAM and call.verb != "watch"]
    assert ours == [
        f"{TANGRAM} patch nodes wire -> 200",
        f"{TANGRAM} create pods/binding multi -> 201",
    ], "two writes and no read per pod"
    others = {c.user for c in calls if c.resource.startswith("pods") and c.verb == "patch"}
    assert others == {AGENT}, "nobody but the agent writes the pod while it is being served"
    assert not [call for call in calls if call.user == SCHEDULER and call.resource == "pods/status"]


def test_without_the_lock_a_bind_is_one_write(stacks, cluster):
    stack = stacks.use(Layout(flags=("--node-lock=off",)))
    cluster.create_nodes([node("lockless", 2)])
    stack.tangram.wait_knows("lockless")
    audit = stack.audit()
    cluster.create_pod(pod("single", mem=3000))
    (bound,) = cluster.wait_bound("single")
    assert annotations(bound)[objects.ALLOCATED]
    ours = [str(call) for call in audit.calls(user=TANGRAM) if call.verb != "watch"]
    assert ours == [f"{TANGRAM} create pods/binding single -> 201"]


def test_init_only_pod_takes_the_lock_is_served_and_leaves_room_when_done(stack, cluster, agent):
    cluster.create_nodes([node("init", 1)])
    cluster.create_pod(
        pod(
            "init-only",
            init=[container("prepare", gpu=1, cores=100)],
            containers=[container("main", gpu=None)],
        )
    )
    (bound,) = cluster.wait_bound("init-only")
    (init, main) = oracle.decode_allocation(annotations(bound)[objects.ALLOCATED])
    assert [one.memory for one in init] == [objects.A100_80GB_MIB] and main == []
    eventually(lambda: "init-only" in agent.admitted, "the node agent has served the pod", 10)
    assert annotations(cluster.pod("init-only"))[objects.BIND_PHASE] == "success"
    assert objects.NODE_LOCK not in annotations(cluster.node("init"))

    cluster.create_pod(pod("next", mem=3000))
    eventually(lambda: _refused(cluster.pod("next")), "the card is full while init runs", 10)
    ended = {"exitCode": 0, "reason": "Completed"}
    statuses = [
        {
            "name": "prepare",
            "ready": True,
            "restartCount": 0,
            "image": "pause",
            "imageID": "",
            "state": {"terminated": ended},
        }
    ]
    cluster.patch_pod_status("init-only", {"phase": "Running", "initContainerStatuses": statuses})
    cluster.wait_bound("next", seconds=20)
    assert_books_are_true(stack.tangram, cluster)


def test_containers_of_one_pod_are_placed_together(stack, cluster):
    """The first container must leave the only card that the second one fits on: greedy fails."""
    big, small = objects.card("GPU-big", 0), objects.card("GPU-small", 1, devmem=24576)
    cluster.create_nodes([node("pair", cards=[small, big])])
    both = [container("one", mem=20000, cores=60), container("two", mem=60000, cores=60)]
    cluster.create_pod(pod("together", containers=both))
    (bound,) = cluster.wait_bound("together", seconds=10)
    slots = oracle.decode_allocation(annotations(bound)[objects.ALLOCATED])
    assert [[one.uuid for one in slot] for slot in slots] == [["GPU-small"], ["GPU-big"]]
    assert_books_are_true(stack.tangram, cluster)


def _refused(body: dict) -> bool:
    conditions = body["status"].get("conditions", [])
    return any(one["type"] == "PodScheduled" and one["status"] == "False" for one in conditions)
