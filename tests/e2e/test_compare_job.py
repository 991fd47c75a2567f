"""The Indexed Job of deploy/: shards run by environment variables, merged to the byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from support import paths
from support.trace import simulate, write_nodes, write_pods

MANIFEST = paths.MANIFESTS / "simulation-compare.yaml"
FORMS = ("table", "json", "yaml", "csv", "md", "html")


@pytest.fixture
def grid(tmp_path: Path, tangram_binary: Path) -> list[str]:
    """Two lists, three policies, four seeds."""
    words = ["--nodes", str(write_nodes(tmp_path / "nodes.csv", 12))]
    for number in (1, 2):
        words += ["--pods", str(write_pods(tmp_path / f"list-{number}.csv", 90, number))]
    return [*words, "--inflate", "1.2", "--policies", "fgd,best-fit,tangram", "--seeds", "7-10"]


def _run_shards(grid: list[str], folder: Path, count: int) -> None:
    """As the Job's pods do: the same words everywhere, the part in the environment."""
    folder.mkdir()
    for index in range(count):
        environment = {"JOB_COMPLETION_INDEX": str(index), "TANGRAM_SHARDS": str(count)}
        simulate("compare", *grid, "--shard", "env", "--out", folder, environment=environment)


@pytest.mark.parametrize("count", [1, 5, 8])
def test_shards_merge_to_the_unsharded_comparison_to_the_byte(grid, tmp_path, count):
    _run_shards(grid, tmp_path / "shards", count)
    for form in FORMS:
        whole = simulate("compare", *grid, "-o", form).stdout
        assert simulate("merge", tmp_path / "shards", "-o", form).stdout == whole, form
    assert len(json.loads(simulate("compare", *grid, "-o", "json").stdout)["runs"]) == 2 * 3 * 4


def test_more_shards_than_runs_merge_as_well(grid, tmp_path):
    _run_shards(grid, tmp_path / "shards", 30)
    whole = simulate("compare", *grid).stdout
    assert simulate("merge", tmp_path / "shards").stdout == whole


def test_the_number_of_threads_changes_nothing(grid):
    one = simulate("compare", *grid, "-o", "json", "--threads", "1")
    many = simulate("compare", *grid, "-o", "json", "--threads", "7")
    assert one.stdout == many.stdout
    assert ", 1 at a time" in one.stderr
    assert ", 7 at a time" in many.stderr


def test_a_shard_that_is_missing_doubled_or_foreign_is_named(grid, tmp_path):
    shards = tmp_path / "shards"
    _run_shards(grid, shards, 3)
    paths_of = [shards / f"shard-{index}-of-3.json" for index in range(3)]
    missing = simulate("merge", paths_of[1], code=2)
    assert "of 3 shards (from 0) are missing: 0, 2" in missing.stderr
    doubled = simulate("merge", *paths_of, paths_of[1], code=2)
    assert "is shard 1 of 3, and so is" in doubled.stderr
    other = [word if word != "7-10" else "7-11" for word in grid]
    simulate("compare", *other, "--shard", "2/3", "--out", paths_of[2])
    foreign = simulate("merge", *paths_of, code=2)
    assert f"{paths_of[2]}: is of another comparison than {paths_of[0]}: seeds is" in foreign.stderr


def test_the_environment_must_say_which_shard(grid):
    for environment, said in (
        ({}, "JOB_COMPLETION_INDEX is not set"),
        ({"JOB_COMPLETION_INDEX": "1"}, "TANGRAM_SHARDS is not set"),
        ({"JOB_COMPLETION_INDEX": "4", "TANGRAM_SHARDS": "4"}, "--shard env (4/4): must be"),
    ):
        done = simulate("compare", *grid, "--shard", "env", environment=environment, code=2)
        assert said in done.stderr


def _documents() -> dict[tuple[str, str], dict]:
    found = yaml.safe_load_all(MANIFEST.read_text())
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


def test_the_job_runs_every_shard_that_its_environment_counts():
    job = _documents()["Job", "tangram-compare"]["spec"]
    assert job["completionMode"] == "Indexed"
    (container,) = job["template"]["spec"]["containers"]
    environment = {one["name"]: one["value"] for one in container["env"]}
    assert environment == {"TANGRAM_SHARDS": str(job["completions"])}
    assert job["parallelism"] <= job["completions"]


def test_the_words_of_the_job_are_words_of_the_binary(tmp_path, tangram_binary):
    """The manifest's own arguments on small files in place of its volumes."""
    (tmp_path / "out").mkdir()
    write_nodes(tmp_path / "openb_node_list_gpu_node.csv", 6)
    documents = _documents()
    for name, environment in (
        ("tangram-compare", {"JOB_COMPLETION_INDEX": "0", "TANGRAM_SHARDS": "1"}),
        ("tangram-compare-merge", {}),
    ):
        (container,) = documents["Job", name]["spec"]["template"]["spec"]["containers"]
        words = [one.replace("/data", str(tmp_path)).replace("/out", f"{tmp_path}/out")
                 for one in container["args"]]
        lists = [word.split("=", 1)[1] for word in words if word.startswith("--pods=")]
        if name == "tangram-compare":
            assert len(lists) == 17
        for number, path in enumerate(lists):
            write_pods(Path(path), 20, number)
        assert words[0] == "simulate"
        simulate(*words[1:], environment=environment)
    assert (tmp_path / "out" / "compare.html").read_text().startswith("<!doctype html>")
