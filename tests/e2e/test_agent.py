"""The node agent judges what Tangram writes, so it is shown binds that are right and wrong."""

from __future__ import annotations

import time

import pytest
from support import objects
from support.agent import Agent
from support.cluster import annotations, uid
from support.objects import container, node, pod
from support.wait import eventually


@pytest.fixture
def watched(_agent_cluster):
    """An agent whose violations are the test's business."""
    with Agent(_agent_cluster) as agent:
        yield agent


def _bind(cluster, body: dict, place: str, allocated: str, lock_owner: str | None) -> None:
    """What a scheduler does: the node lock, then one Binding."""
    created = cluster.create_pod(body)
    name = body["metadata"]["name"]
    if lock_owner:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        cluster.annotate_node(place, {objects.NODE_LOCK: f"{now},default,{lock_owner}"})
    seconds = str(int(time.time()))
    notes = {
        objects.VGPU_NODE: place,
        objects.VGPU_TIME: seconds,
        objects.BIND_TIME: seconds,
        objects.BIND_PHASE: "allocating",
        objects.ALLOCATED: allocated,
        objects.TO_ALLOCATE: allocated,
    }
    binding = {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": name, "uid": uid(created), "annotations": notes},
        "target": {"apiVersion": "v1", "kind": "Node", "name": place},
    }
    cluster.request("POST", cluster.pod_path(name) + "/binding", body=binding)


def test_agent_takes_slot_after_slot_and_gives_the_lock_back(cluster, watched):
    cluster.create_nodes([node("host", 2)])
    slots = "GPU-host-0,NVIDIA,3000,30:;;GPU-host-0,NVIDIA,10,1:GPU-host-1,NVIDIA,10,1:;"
    body = pod(
        "good",
        init=[container("i", gpu=1)],
        containers=[container("none", gpu=None), container("two", gpu=2)],
        scheduler="nobody",
    )
    _bind(cluster, body, "host", slots, lock_owner="good")
    eventually(lambda: "good" in watched.admitted, "the pod is served", 10)
    notes = annotations(cluster.pod("good"))
    assert notes[objects.TO_ALLOCATE] == ";;;" and notes[objects.ALLOCATED] == slots
    assert notes[objects.BIND_PHASE] == "success"
    assert objects.NODE_LOCK not in annotations(cluster.node("host"))
    assert watched.violations == []


@pytest.mark.parametrize(
    ("allocated", "lock_owner", "complaint"),
    [
        ("GPU-host-0,NVIDIA,3000,30:;", "bystander", "the node lock names pod bystander"),
        ("GPU-host-0,NVIDIA,3000,30:GPU-host-1,NVIDIA,3000,30:;", "bad", "device number"),
        (";", "bad", "no pending device allocation"),
    ],
    ids=["lock-of-another-pod", "too-many-cards", "no-card"],
)
def test_agent_complains_about_a_wrong_bind(cluster, watched, allocated, lock_owner, complaint):
    cluster.create_nodes([node("host", 2)])
    cluster.create_pod(pod("bystander", scheduler="nobody"))
    _bind(cluster, pod("bad", scheduler="nobody"), "host", allocated, lock_owner)
    eventually(lambda: watched.violations, "the agent complains", 10)
    assert complaint in watched.violations[0]
    eventually(
        lambda: cluster.pod("bad")["status"].get("phase") == "Failed", "kubelet fails the pod", 5
    )


def test_agent_finds_a_pod_without_a_lock_by_listing(cluster, watched):
    cluster.create_nodes([node("host", 1)])
    body = pod("lockless", scheduler="nobody")
    _bind(cluster, body, "host", "GPU-host-0,NVIDIA,3000,30:;", lock_owner=None)
    eventually(lambda: "lockless" in watched.admitted, "the pod is served", 10)
    assert watched.violations == []
