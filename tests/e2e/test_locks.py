"""HAMi's node lock: its owner is the pod that the agent serves, so a dead owner blocks a node."""

from __future__ import annotations

import time

import pytest
from support import objects
from support.agent import Mode
from support.cluster import annotations
from support.objects import node, pod
from support.stack import Layout
from support.wait import eventually, never

# Queued behind a lock that is given back at once, a bind takes this long at most.
AT_ONCE_SECONDS = 20


def _lock_of(cluster, name: str) -> str:
    return annotations(cluster.node(name)).get(objects.NODE_LOCK, "")


def _owner_and_waiter(cluster, name: str) -> None:
    """`owner` is bound and never served, so it keeps the lock; `waiter` queues behind it."""
    cluster.create_nodes([node(name, 2)])
    cluster.create_pod(pod("owner", mem=3000))
    cluster.wait_bound("owner")
    assert _lock_of(cluster, name).endswith(",default,owner")
    cluster.create_pod(pod("waiter", mem=3000))
    never(lambda: cluster.node_of("waiter"), "bound although the agent serves another pod", 1.5)


@pytest.fixture
def dead_agent(new_agent):
    return new_agent(mode=Mode.IGNORE)


def test_lock_of_a_deleted_owner_is_released_at_once(stack, cluster, dead_agent):
    _owner_and_waiter(cluster, "deleted")
    cluster.delete_pod("owner")
    cluster.wait_bound("waiter", seconds=AT_ONCE_SECONDS)
    assert _lock_of(cluster, "deleted").endswith(",default,waiter")


def test_lock_of_a_failed_owner_is_released_at_once(stack, cluster, dead_agent):
    _owner_and_waiter(cluster, "failed")
    cluster.patch_pod_status("owner", {"phase": "Failed"})
    cluster.wait_bound("waiter", seconds=AT_ONCE_SECONDS)
    assert _lock_of(cluster, "failed").endswith(",default,waiter")


def test_agent_that_fails_a_pod_frees_the_node_and_the_room(stack, cluster, new_agent):
    """The agent itself writes bind-phase=failed and releases; kubelet marks the pod Failed."""
    cluster.create_nodes([node("refusing", 1)])
    agent = new_agent(mode=Mode.FAIL)
    cluster.create_pod(pod("victim", cores=100))
    eventually(
        lambda: cluster.pod("victim")["status"].get("phase") == "Failed", "the pod has failed", 20
    )
    assert annotations(cluster.pod("victim"))[objects.BIND_PHASE] == "failed"
    assert _lock_of(cluster, "refusing") == ""
    agent.mode = Mode.SERVE
    cluster.create_pod(pod("successor", cores=100))
    cluster.wait_bound("successor", seconds=AT_ONCE_SECONDS)
    eventually(lambda: "successor" in agent.admitted, "the successor is served", 10)


def test_lock_of_an_owner_that_was_never_bound_is_released(stack, cluster, agent):
    """Somebody died between taking the lock and posting the Binding."""
    cluster.create_nodes([node("orphan", 1)])
    cluster.create_pod(pod("unbound", mem=3000, scheduler="nobody"))
    lock = f"{_now()},default,unbound"
    cluster.annotate_node("orphan", {objects.NODE_LOCK: lock})
    cluster.create_pod(pod("next", mem=3000))
    cluster.wait_bound("next", seconds=AT_ONCE_SECONDS)
    eventually(lambda: "next" in agent.admitted, "the pod is served", 10)
    eventually(lambda: _lock_of(cluster, "orphan") == "", "the lock is free", 5)


@pytest.mark.parametrize("owner", ["gone", "unbound"])
def test_dead_lock_is_found_at_start_without_any_pod_that_asks(new_stack, cluster, owner):
    stack = new_stack(Layout(with_scheduler=False))
    cluster.create_nodes([node("stale", 1)])
    cluster.create_pod(pod("unbound", mem=3000, scheduler="nobody"))
    stack.tangram.kill()
    cluster.annotate_node("stale", {objects.NODE_LOCK: f"{_now()},default,{owner}"})
    stack.tangram.start()
    eventually(
        lambda: _lock_of(cluster, "stale") == "",
        "the lock is released",
        8,
        seen=lambda: _lock_of(cluster, "stale"),
    )


def test_lock_of_a_living_owner_survives_a_restart(new_stack, cluster, dead_agent):
    """Bound, allocating, not served yet: the agent will need this lock."""
    stack = new_stack()
    _owner_and_waiter(cluster, "living")
    lock = _lock_of(cluster, "living")
    stack.tangram.kill()
    stack.tangram.start()
    never(lambda: _lock_of(cluster, "living") != lock, "a living owner lost its lock", 4)
    assert cluster.node_of("waiter") is None


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
