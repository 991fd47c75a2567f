"""A pod is placed through both shipped layouts, with the shipped rights."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from support import objects, paths
from support.audit import TANGRAM
from support.books import assert_books_are_true
from support.cluster import annotations
from support.objects import node, pod
from support.stack import Layout
from support.wait import eventually, never

SECOND = Layout(
    shipped=paths.SECOND_SCHEDULER_CONFIG, scheduler="tangram-scheduler", leader_election=True
)


def test_pod_is_bound_through_the_default_scheduler(stack, cluster, agent):
    cluster.create_nodes([node("default-a", 2)])
    cluster.create_pod(pod("slice", mem=3000, cores=30))
    (bound,) = cluster.wait_bound("slice")
    assert bound["spec"]["nodeName"] == "default-a"
    eventually(lambda: "slice" in agent.admitted, "the node agent has served the pod", 10)
    assert_books_are_true(stack.tangram, cluster)


def test_pod_without_a_card_in_the_cluster_waits_and_says_why(stack, cluster):
    cluster.create_nodes([node("plain", gpus=0)])
    cluster.create_pod(pod("homeless", mem=3000))
    text = eventually(
        lambda: _pending_message(cluster.pod("homeless")), "a reason in the pod's condition", 10
    )
    assert re.match(r"0/1 nodes are available: 1 (Node|Card|Resource)[A-Za-z]+", text), text
    assert cluster.node_of("homeless") is None


def test_managed_pod_that_asks_for_nothing_is_bound_plainly_and_without_lock(stack, cluster):
    cluster.create_nodes([node("zero", 2)])
    stack.tangram.wait_knows("zero")
    audit = stack.audit()
    cluster.create_pod(pod("zero-gpu", gpu=0))
    (bound,) = cluster.wait_bound("zero-gpu")
    assert not [key for key in annotations(bound) if key.startswith("hami.io/")]
    writes = [str(call) for call in audit.calls(user=TANGRAM) if call.verb in ("create", "patch")]
    assert writes == [f"{TANGRAM} create pods/binding zero-gpu -> 201"]


def test_second_scheduler_binds_only_the_pods_that_name_it(stacks, cluster, agent):
    stack = stacks.use(SECOND)
    cluster.create_nodes([node("second-a", 2)])
    cluster.create_pods(
        [
            pod("ours", scheduler="tangram-scheduler", mem=3000),
            pod("theirs", mem=3000),
        ]
    )
    (bound,) = cluster.wait_bound("ours")
    assert annotations(bound)[objects.VGPU_NODE] == "second-a"
    eventually(lambda: "ours" in agent.admitted, "the node agent has served the pod", 10)
    never(lambda: cluster.node_of("theirs"), "a pod of the default scheduler was bound", 2)
    lease = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/tangram-scheduler"
    assert cluster.get(lease)["spec"]["holderIdentity"], "the second scheduler holds its own lease"
    assert stack.tangram.status("/readyz") == 200


def test_verbs_answer_503_until_the_first_list(new_stack, control_plane, cluster):
    """Started while the API server is away, Tangram lives, is not ready and decides nothing."""
    stack = new_stack(Layout(with_scheduler=False))
    stack.tangram.kill()
    control_plane.kill_apiserver()
    try:
        stack.tangram.start(wait_ready=False)
        eventually(lambda: stack.tangram.status("/healthz") == 200, "/healthz answers", 10)
        assert stack.tangram.status("/readyz") == 503
        with stack.tangram.extender() as server:
            for verb in ("filter", "prioritize", "bind"):
                status, _ = server.send("POST", f"/{verb}", b"{}")
                assert status == 503, verb
    finally:
        control_plane.up()
    stack.tangram.wait_ready()


@pytest.mark.parametrize("manifest", sorted(paths.MANIFESTS.glob("*.yaml")), ids=lambda p: p.name)
def test_manifest_is_accepted_by_the_api_server(control_plane, manifest: Path):
    tried = control_plane.kubectl(
        "apply", "--dry-run=server", "--validate=strict", "-f", str(manifest)
    )
    assert tried.returncode == 0, tried.stderr
    documents = [one for one in yaml.safe_load_all(manifest.read_text()) if one]
    assert len(tried.stdout.strip().splitlines()) == len(documents)


def test_config_map_carries_the_second_scheduler_configuration():
    documents = yaml.safe_load_all((paths.MANIFESTS / "second-scheduler.yaml").read_text())
    (config_map,) = [one for one in documents if one["kind"] == "ConfigMap"]
    shipped = paths.SECOND_SCHEDULER_CONFIG.read_text()
    assert config_map["data"] == {"second-scheduler.yaml": shipped}


def test_manifests_run_one_tangram_on_loopback():
    found = []
    for manifest in paths.MANIFESTS.glob("*.yaml"):
        for one in yaml.safe_load_all(manifest.read_text()):
            if one["kind"] == "Deployment":
                found.append(one["metadata"]["name"])
                assert one["spec"]["replicas"] == 1
                assert one["spec"]["strategy"] == {"type": "Recreate"}
                containers = one["spec"]["template"]["spec"]["containers"]
                (ours,) = [each for each in containers if each["name"] == "tangram"]
                assert "--listen=127.0.0.1:9440" in ours["args"]
    assert sorted(found) == ["tangram", "tangram-scheduler"]


def _pending_message(body: dict) -> str:
    for condition in body["status"].get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return condition.get("message", "")
    return ""
