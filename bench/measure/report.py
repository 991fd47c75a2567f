"""Medians, tables and claims."""

from __future__ import annotations

import json
import os
import platform
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path

from measure.burst_run import Measurement


@dataclass(frozen=True)
class Claim:
    """Something that must hold; `None` when the run cannot tell."""

    text: str
    holds: bool | None


def median_of(runs: list[Measurement], field: str) -> float:
    return statistics.median(getattr(run, field) for run in runs)


def rate(runs: list[Measurement]) -> float:
    return median_of(runs, "pods_per_second")


def spread(runs: list[Measurement]) -> str:
    rates = [run.pods_per_second for run in runs]
    return f"{min(rates):.1f}-{max(rates):.1f}"


def table(title: str, runs: dict[str, list[Measurement]]) -> str:
    """One line a contestant; every number is the median of its rounds."""
    lines = [
        "",
        title,
        f"  {'':26} {'pods/s':>7} {'lowest-highest':>15} {'p50 ms':>8} {'p99 ms':>8} "
        f"{'filters/pod':>11} {'conflicts':>9} {'failed':>6} {'busy':>5} {'nodes':>5}",
    ]
    for name, measured in runs.items():
        numbers = {f: median_of(measured, f) for f in ("bound_p50_ms", "bound_p99_ms")}
        conflicts = sum(run.conflicts for run in measured)
        failed = sum(run.failed_binds for run in measured)
        lines.append(
            f"  {name:26} {rate(measured):7.1f} {spread(measured):>15} "
            f"{numbers['bound_p50_ms']:8.0f} {numbers['bound_p99_ms']:8.0f} "
            f"{median_of(measured, 'filters_per_pod'):11.2f} {conflicts:9.0f} {failed:6.0f} "
            f"{median_of(measured, 'busy'):5.0%} {median_of(measured, 'nodes_used'):5.0f}"
        )
    lines.append("  API writes per pod:")
    for name, measured in runs.items():
        lines.append(f"    {name:24} {_mapping(measured, 'writes_per_pod')}")
    lines.append("  CPU ms per pod:")
    for name, measured in runs.items():
        lines.append(f"    {name:24} {_mapping(measured, 'cpu_ms_per_pod')}")
    return "\n".join(lines)


def _mapping(runs: list[Measurement], field: str) -> str:
    keys = sorted({key for run in runs for key in getattr(run, field)})
    middles = {k: statistics.median(getattr(run, field).get(k, 0.0) for run in runs) for k in keys}
    return ", ".join(f"{key} {value:.2f}" for key, value in middles.items()) or "none"


def verdict(claims: list[Claim]) -> int:
    """Prints the claims; 0 when all hold, else 1."""
    print("\nclaims")
    for claim in claims:
        word = {True: "PASS", False: "FAIL", None: "VOID"}[claim.holds]
        print(f"  {word}  {claim.text}")
    held = sum(claim.holds is True for claim in claims)
    print(f"{held} of {len(claims)} claims hold")
    return 0 if held == len(claims) else 1


def machine() -> str:
    model = "unknown CPU"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    load = " ".join(f"{one:.2f}" for one in os.getloadavg())
    return f"{os.cpu_count()} x {model}, Linux {platform.release()}, load before the run {load}"


def write_json(path: Path, sections: dict[str, dict[str, list[Measurement]]], claims: list[Claim]):
    path.parent.mkdir(parents=True, exist_ok=True)
    body = {
        "machine": machine(),
        "sections": {
            title: {name: [asdict(run) for run in measured] for name, measured in runs.items()}
            for title, runs in sections.items()
        },
        "claims": [asdict(claim) for claim in claims],
    }
    path.write_text(json.dumps(body, indent=1) + "\n")
