"""Processes die, answers get lost, nodes go and come back: the books stay true."""

from __future__ import annotations

import json

import pytest
from support import objects
from support.audit import SCHEDULER, TANGRAM
from support.books import assert_books_are_true
from support.cluster import annotations
from support.objects import node, nodes, pod
from support.proxy import AFTER_FORWARDING, BEFORE_FORWARDING, Proxy
from support.stack import Layout
from support.wait import eventually, never


def _burst(count: int, prefix: str) -> list[dict]:
    """Pods of four sizes. 64 cards take 200 of them in whatever order they come: while one of them
    waits, more is free than 30,000 MiB on each card."""
    sizes = [(30000, 30), (20000, 20), (10000, 10), (4000, 0)]
    return [
        pod(f"{prefix}-{i:03d}", mem=sizes[i % 4][0], cores=sizes[i % 4][1]) for i in range(count)
    ]


def _bound_count(cluster) -> int:
    return sum(1 for one in cluster.pods() if one["spec"].get("nodeName"))


# The pods from here on are made behind what goes wrong, so that a machine that is through with the
# others by then still has something to do.
LATE = 150


def _begin(cluster, burst: list[dict]) -> None:
    cluster.create_pods(burst[:LATE])
    eventually(lambda: _bound_count(cluster) >= 30, "the burst is under way", 60, every=0.02)


def test_kill_9_in_the_middle_of_a_burst_loses_and_doubles_nothing(new_stack, cluster, agent):
    stack = new_stack()
    cluster.create_nodes(nodes("kill", 8))
    burst = _burst(200, "killed")
    _begin(cluster, burst)
    stack.tangram.kill()
    stack.tangram.start()
    cluster.create_pods(burst[LATE:])
    cluster.wait_bound(*[one["metadata"]["name"] for one in burst], seconds=90)
    eventually(lambda: len(agent.admitted) == 200, "all are served", 20)
    assert_books_are_true(stack.tangram, cluster)


def test_api_server_restart_under_load_loses_and_doubles_nothing(
    new_stack, control_plane, cluster, agent
):
    stack = new_stack()
    cluster.create_nodes(nodes("restart", 8))
    burst = _burst(200, "restarted")
    _begin(cluster, burst)
    control_plane.kill_apiserver()
    control_plane.up()
    cluster.create_pods(burst[LATE:])
    cluster.wait_bound(*[one["metadata"]["name"] for one in burst], seconds=120)
    eventually(lambda: len(agent.admitted) == 200, "all are served", 30)
    assert_books_are_true(stack.tangram, cluster)


@pytest.fixture
def proxy(control_plane):
    port = int(control_plane.env["API_PORT"])
    with Proxy(port, control_plane.directory / "certs") as one:
        yield one


def _stack_behind(proxy, new_stack, control_plane):
    original = control_plane.kubeconfig("tangram")
    return new_stack(kubeconfig=proxy.kubeconfig(original, original.with_name("proxied")))


@pytest.mark.parametrize("when", [AFTER_FORWARDING, BEFORE_FORWARDING])
def test_binding_whose_answer_is_lost_is_neither_doubled_nor_undone(
    proxy, new_stack, control_plane, cluster, agent, when
):
    """Two answers in a row get lost (or two requests). The card is booked once: what is left of
    it is used by the next pod to the last MiB, and no further."""
    stack = _stack_behind(proxy, new_stack, control_plane)
    cluster.create_nodes([node("lossy", 1)])
    stack.tangram.wait_knows("lossy")
    audit = stack.audit()
    proxy.cut("POST", r"/pods/unlucky/binding$", times=2, when=when)
    cluster.create_pod(pod("unlucky", mem=50000, cores=50))
    (bound,) = cluster.wait_bound("unlucky")
    eventually(lambda: "unlucky" in agent.admitted, "the pod is served", 20)
    assert len(proxy.lost) >= 1 if when == AFTER_FORWARDING else len(proxy.lost) == 2
    codes = [call.code for call in audit.calls(resource="pods/binding", name="unlucky")]
    assert codes[0] == 201 and set(codes[1:]) <= {409}, codes
    assert (
        annotations(cluster.pod("unlucky"))[objects.ALLOCATED]
        == (annotations(bound)[objects.ALLOCATED])
    )
    rest = objects.A100_80GB_MIB - 50000
    cluster.create_pod(pod("rest", mem=rest, cores=50))
    cluster.wait_bound("rest", seconds=10)
    cluster.create_pod(pod("excess", mem=1))
    never(lambda: cluster.node_of("excess"), "a full card took one more pod", 2)
    failed = [c for c in audit.calls(user=SCHEDULER, resource="pods/status") if c.name == "unlucky"]
    assert failed == [], "kube-scheduler was told of a failure"
    assert_books_are_true(stack.tangram, cluster)


def test_lock_whose_answer_is_lost_is_not_taken_for_another_pods(
    proxy, new_stack, control_plane, cluster, agent
):
    _stack_behind(proxy, new_stack, control_plane)
    cluster.create_nodes([node("lossy-lock", 1)])
    proxy.cut("PATCH", r"/nodes/lossy-lock", times=1)
    cluster.create_pods([pod("locked", mem=1000)])
    cluster.wait_bound("locked", seconds=20)
    eventually(lambda: "locked" in agent.admitted, "the pod is served", 10)
    assert len(proxy.lost) == 1
    assert objects.NODE_LOCK not in annotations(cluster.node("lossy-lock"))


def test_watch_that_breaks_off_is_resumed(proxy, new_stack, control_plane, cluster, agent):
    """Pods that are created while Tangram's watches are down are seen afterwards."""
    _stack_behind(proxy, new_stack, control_plane)
    cluster.create_nodes([node("resumed", 1)])
    cluster.create_pod(pod("before", mem=50000))
    cluster.wait_bound("before")
    proxy.cut("GET", r"[?&]watch=(1|true)", times=4)
    proxy.drop_connections()
    cluster.create_pod(pod("after", mem=objects.A100_80GB_MIB - 50000))
    cluster.wait_bound("after", seconds=20)
    cluster.delete_pod("before")
    cluster.create_pod(pod("again", mem=50000))
    # One of the two watches may have met all four losses, and backs off accordingly.
    cluster.wait_bound("again", seconds=40)
    assert proxy.lost, "the watches were not opened again"


def test_node_deleted_and_returned_keeps_what_its_pods_hold(stack, cluster, agent):
    cluster.create_nodes([node("comeback", 1)])
    cluster.create_pod(pod("resident", mem=50000, cores=50))
    cluster.wait_bound("resident")
    eventually(lambda: "resident" in agent.admitted, "the resident is served", 10)
    cluster.delete_node("comeback")
    cluster.create_pods([pod("fits", mem=31920, cores=50), pod("excess", mem=40000)])
    never(lambda: cluster.node_of("fits") or cluster.node_of("excess"), "bound to no node", 2)

    cluster.create_nodes([node("comeback", 1)])
    cluster.wait_bound("fits", seconds=20)
    never(lambda: cluster.node_of("excess"), "the resident was forgotten", 2)
    assert_books_are_true(stack.tangram, cluster)


def test_restart_arrives_at_the_same_books(stacks, cluster, agent):
    stack = stacks.use(Layout())
    cluster.create_nodes(nodes("books", 3))
    burst = _burst(40, "kept")
    cluster.create_pods(burst)
    cluster.wait_bound(*[one["metadata"]["name"] for one in burst], seconds=60)
    eventually(lambda: len(agent.admitted) == 40, "all are served", 20)

    assert_books_are_true(stack.tangram, cluster)
    before = stack.tangram.top()
    stack.tangram.kill()
    stack.tangram.start()
    assert stack.tangram.top() == before
    shown = stack.tangram.run("top", "--url", stack.tangram.url, "-o", "json")
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout) == before


def test_rights_of_the_shipped_role_suffice(stacks, cluster):
    """No kind of call of this session was forbidden and never granted. (While it starts, an API
    server forbids for a moment what it grants later.)"""
    calls = stacks.use(Layout()).audit().from_the_start().calls(user=TANGRAM)
    granted = {(call.verb, call.resource) for call in calls if call.code < 300}
    forbidden = {(call.verb, call.resource) for call in calls if call.code in (401, 403)}
    assert ("create", "pods/binding") in granted
    assert forbidden - granted == set()
