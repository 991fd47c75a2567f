"""The part of bench/placement where pods come and go: rows, runs and claims.

Every row is a list at a load. `tangram` must allocate no less than FGD and best-fit, gain over FGD
what it gained in the experiments that its weights were found by, and reject no more of the pods of
eight GPUs than FGD does.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import NamedTuple

POLICIES = ("fgd", "best-fit", "tangram")
SEEDS = "201-206"
OTHER_SEEDS = "42-46"
NEAR = 0.3


class Row(NamedTuple):
    name: str  # of the list
    load: float
    seeds: str
    # Time-average allocated % that was found before, of `fgd` and `tangram`; None where it was not.
    before: tuple[float, float] | None


ROWS = (
    Row("default", 0.95, SEEDS, (87.48, 87.77)),
    Row("default", 1.00, SEEDS, (91.03, 91.35)),
    Row("default", 1.10, SEEDS, (94.14, 94.26)),
    Row("gpuspec33", 0.90, SEEDS, (73.07, 81.24)),
    Row("gpushare60", 1.00, SEEDS, (88.96, 89.25)),
    Row("multigpu30", 1.00, SEEDS, (90.83, 91.49)),
    Row("cpu250", 0.95, SEEDS, (86.20, 87.84)),
    Row("gpushare40", 1.00, SEEDS, None),
    Row("default", 1.00, OTHER_SEEDS, (91.43, 91.65)),
    Row("gpuspec33", 0.90, OTHER_SEEDS, (73.13, 81.39)),
    Row("multigpu30", 1.00, OTHER_SEEDS, (91.14, 91.51)),
    Row("cpu250", 0.95, OTHER_SEEDS, (86.09, 87.89)),
    Row("gpushare40", 1.00, OTHER_SEEDS, (90.56, 90.75)),
    Row("gpushare60", 1.00, OTHER_SEEDS, (89.26, 89.60)),
)


def rows_of(lists: list[str]) -> list[Row]:
    return [row for row in ROWS if row.name in lists]


def simulate(tangram: str, openb: Path, row: Row) -> dict:
    command = [tangram, "simulate", "churn", "--policy", ",".join(POLICIES), "-o", "json"]
    command += ["--load", str(row.load), "--seeds", row.seeds]
    command += ["--nodes", str(openb / "openb_node_list_gpu_node.csv")]
    command += ["--pods", str(openb / f"openb_pod_list_{row.name}.csv")]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def means_of(report: dict, measure: str) -> tuple[float, ...]:
    by_policy = {mean["policy"]: mean[measure] for mean in report["means"]}
    return tuple(by_policy[policy] for policy in POLICIES)


def interval_of(report: dict) -> str:
    (ours,) = (d["allocated_percent"] for d in report["differences"] if d["policy"] == "tangram")
    return f"{ours['low']:+.2f}..{ours['high']:+.2f}"


def table(reports: dict[Row, dict]) -> None:
    print("\npods come and go")
    print("time-average allocated % / GPU volume rejected % / 8-GPU pods rejected %")
    head = "".join(f"{policy:>21}" for policy in POLICIES)
    print(f"{'list':11} {'load':>4} {'seeds':>7}{head}   gain (95 % conf.)        before")
    measures = ("allocated_percent", "rejected_volume_percent", "rejected_8_gpu_percent")
    for row, report in reports.items():
        values = zip(*(means_of(report, measure) for measure in measures))
        cells = "".join(f"  {a:7.2f} {r:5.2f} {e:5.1f}" for a, r, e in values)
        fgd, _, ours = means_of(report, "allocated_percent")
        before = f"{row.before[1] - row.before[0]:+.2f}" if row.before else ""
        print(
            f"{row.name:11} {row.load:4.2f} {row.seeds:>7}{cells}   {ours - fgd:+5.2f}"
            f" ({interval_of(report)}) {before:>7}"
        )


def claims(reports: dict[Row, dict]) -> list[tuple[str, bool]]:
    made = []
    for row, report in reports.items():
        what = f"{row.name} at load {row.load:.2f}, seeds {row.seeds}"
        fgd, best_fit, ours = means_of(report, "allocated_percent")
        if row.seeds == SEEDS:
            text = f"{what}: {ours:.2f} % allocated, FGD {fgd:.2f}, best-fit {best_fit:.2f}"
            made.append((text, ours >= fgd and ours >= best_fit))
            theirs, _, rejected = means_of(report, "rejected_8_gpu_percent")
            text = f"{what}: {rejected:.1f} % of 8-GPU pods rejected, FGD {theirs:.1f}"
            made.append((text, rejected <= theirs))
        if row.before:
            gain, before = ours - fgd, row.before[1] - row.before[0]
            text = f"{what}: gains {gain:+.2f} over FGD, within {NEAR} of {before:+.2f}"
            made.append((text, abs(gain - before) <= NEAR))
    return made
