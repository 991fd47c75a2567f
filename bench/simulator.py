#!/usr/bin/env python3
"""bench/simulator: how long simulated runs take, and how that grows.

Runs `tangram simulate run`, one process and one thread at a time: the OpenB cluster with its
default list as published (1,213 nodes, 10,866 arrivals), then clusters of 1,000, 10,000 and 100,000
of its nodes with as many more arrivals, under `fgd` and `tangram`. The list and the nodes come from
$TANGRAM_DATA_DIR/openb.

Run it by scripts/bench.sh simulator. Exit code 0 when every claim holds, 1 when one does not.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from claims import verdict

POLICIES = ("fgd", "tangram")
# Seconds of a run on the OpenB cluster.
MOST_SECONDS = {"fgd": 0.2, "tangram": 0.6}
# At so many times the cluster's GPU about a million pods arrive at 100,000 nodes.
INFLATE = 1.45
LARGEST, LARGEST_SECONDS, LARGEST_BYTES = 100_000, 60, 2_000_000_000
# Time per arrival at the largest cluster, of that at the smallest: no more than the caches explain.
MOST_GROWTH = 2.5


def simulate(options, *flags: object) -> dict:
    command = [options.tangram, "simulate", "run", "-o", "json", *map(str, flags)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def default_run(options, openb: Path, pods: Path) -> list[tuple[str, bool]]:
    arrivals = openb / "sequences" / "default.txt"
    nodes = openb / "openb_node_list_gpu_node.csv"
    seconds: dict[str, list[float]] = {policy: [] for policy in POLICIES}
    for _, policy in itertools.product(range(options.rounds), POLICIES):
        flags = ("--nodes", nodes, "--pods", pods, "--arrivals", arrivals, "--seed", 42,
                 "--policy", policy)
        seconds[policy].append(simulate(options, *flags)["elapsed_seconds"])
    print(f"the OpenB cluster with its default list, seconds of {options.rounds} runs")
    claims = []
    for policy, times in seconds.items():
        median, most = statistics.median(times), MOST_SECONDS[policy]
        print(f"  {policy:8} {median:6.3f}   ({min(times):.3f} to {max(times):.3f})")
        claims.append((f"{policy}: a default run takes {median:.3f} s, at most {most} s",
                       median <= most))
    return claims


def write_nodes(openb: Path, count: int, path: Path) -> None:
    with (openb / "openb_node_list_gpu_node.csv").open(newline="") as source:
        header, *rows = csv.reader(source)
    with path.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(header)
        for number, row in zip(range(count), itertools.cycle(rows)):
            writer.writerow([f"node-{number:06d}", *row[1:]])


def growth(options, openb: Path, pods: Path, scratch: Path) -> list[tuple[str, bool]]:
    print("\nclusters of its nodes, a pod of the list after the other")
    print("    nodes  arrivals  policy    seconds  arrivals/s  peak MiB")
    runs = {}
    for count, policy in itertools.product(options.nodes, POLICIES):
        nodes = scratch / f"nodes-{count}.csv"
        write_nodes(openb, count, nodes)
        flags = ("--nodes", nodes, "--pods", pods, "--inflate", INFLATE, "--seed", 42)
        run = simulate(options, *flags, "--policy", policy)
        runs[count, policy] = run
        arrivals = round(run["elapsed_seconds"] * run["decisions_per_second"])
        rate, peak = run["decisions_per_second"], run["peak_rss_bytes"] / 2**20
        print(f"  {count:7} {arrivals:9}  {policy:8} {run['elapsed_seconds']:8.2f} {rate:11.0f} "
              f"{peak:9.0f}", flush=True)
    if LARGEST not in options.nodes:
        return []
    largest, smallest = runs[LARGEST, "fgd"], runs[min(options.nodes), "fgd"]
    seconds, size = largest["elapsed_seconds"], largest["peak_rss_bytes"]
    ratio = smallest["decisions_per_second"] / largest["decisions_per_second"]
    what = f"fgd: {LARGEST} nodes"
    return [
        (f"{what} take {seconds:.1f} s, at most {LARGEST_SECONDS} s", seconds <= LARGEST_SECONDS),
        (f"{what} need {size / 1e9:.2f} GB, less than 2", size < LARGEST_BYTES),
        (f"{what} need {ratio:.2f} x the time per arrival of {min(options.nodes)}, "
         f"at most {MOST_GROWTH} x", ratio <= MOST_GROWTH),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--tangram", required=True, help="the binary to measure")
    parser.add_argument("--rounds", type=int, default=5, help="runs of the default list")
    parser.add_argument("--nodes", type=lambda text: [int(word) for word in text.split(",")],
                        default=[1000, 10_000, LARGEST], help="cluster sizes, by commas")
    options = parser.parse_args()
    if not os.environ.get("TANGRAM_DATA_DIR"):
        print("error: TANGRAM_DATA_DIR is not set: the trace is not part of this", file=sys.stderr)
        return 2
    openb = Path(os.environ["TANGRAM_DATA_DIR"]) / "openb"
    pods = openb / "openb_pod_list_default.csv"
    claims = default_run(options, openb, pods)
    with tempfile.TemporaryDirectory() as scratch:
        claims += growth(options, openb, pods, Path(scratch))
    return verdict(claims)


if __name__ == "__main__":
    sys.exit(main())
