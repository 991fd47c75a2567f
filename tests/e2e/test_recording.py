"""A real kube-scheduler's day, recorded: it replays to the same answers."""

from __future__ import annotations

import json
import random

import pytest
from support import paths
from support.objects import nodes, pod
from support.stack import Layout
from support.trace import simulate
from support.wait import eventually

SCHEMA = paths.ROOT / "docs" / "schemas" / "simulation-replay.v1.schema.json"


def _valid(document: object) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)


@pytest.mark.parametrize("policy", ["binpack", "tangram"])
def test_a_recorded_burst_replays_to_the_same_answers(new_stack, cluster, agent, tmp_path, policy):
    file = tmp_path / "day.jsonl.gz"
    stack = new_stack(Layout(flags=("--record", str(file), "--node-policy", policy)))
    cluster.create_nodes(nodes("rec", 8))
    chance = random.Random(4)
    names = [f"pod-{i:03d}" for i in range(120)]
    cluster.create_pods(
        [pod(name, mem=chance.randrange(1000, 40000, 500), cores=25) for name in names]
    )
    eventually(
        lambda: sum(1 for one in cluster.pods() if one["spec"].get("nodeName")) >= 80,
        "most pods are bound",
        60,
    )
    for name in names[:20]:
        cluster.delete_pod(name)
    stack.stop()

    report = json.loads(simulate("replay", file, "-o", "json").stdout)
    _valid(report)
    assert report["different"] == 0, report["first_differences"]
    assert report["checked"]["binds"]["recorded"] >= 80
    assert report["checked"]["filters"]["recorded"] >= 80
    assert report["recording"]["whole"]
    if policy == "tangram":
        assert report["checked"]["policy_versions"]["recorded"] >= 1

    other = json.loads(simulate("replay", file, "--policy", "spread", "-o", "json").stdout)
    _valid(other)
    assert other["pods"] >= 80
    assert other["replayed"]["allocated_percent"]["100"] > 0
