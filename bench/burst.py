#!/usr/bin/env python3
"""bench/burst: how many pods a second a real kube-scheduler places.

Pods are created at once, and the time counts until the last one is bound. Beside Tangram, in the
same run and in turns: plain CPU pods without any extender, and the trivial extender
(trivial_extender.cc), which fits everything and only posts the Binding. Every number is the median
of the rounds.

Run it by scripts/bench.sh burst. Exit code 0 when every claim holds, 1 when one does not, 2 when
nothing could be measured.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "e2e")]

from measure.burst_run import Bench, Measurement, run_burst  # noqa: E402
from measure.contestants import Contestant  # noqa: E402
from measure.control import running_bench, set_nodes  # noqa: E402
from measure.report import Claim, machine, rate, table, verdict, write_json  # noqa: E402

Runs = dict[str, list[Measurement]]

SECTIONS = ("rate", "lock", "waiting")
PODS = {100: 500, 1000: 300, 5000: 150}
# What Tangram's rate must reach of the trivial extender's, by nodes.
WANTED = {100: 0.9, 1000: 1.2, 5000: 1.6}
WAITING = 200
WAITING_NODES = LOCK_NODES = 100
CONFLICTS_ALLOWED = 0.01
MEASURED = "tangram"
# Waiting pods keep to their back-off; see "Many waiting pods" in deploy/README.md.
BACK_OFF = ("--feature-gates=SchedulerPopFromBackoffQ=false",)


def play(bench: Bench, title: str, contestants: list[Contestant], pods: int, rounds: int) -> Runs:
    """Every contestant once a round, in turns."""
    runs: Runs = {one.name: [] for one in contestants}
    for number in range(rounds):
        for one in contestants:
            result = run_burst(bench, one, pods)
            runs[one.name].append(result)
            print(
                f"{title}, round {number + 1} of {rounds}, {one.name}: {result.pods_per_second:.1f}"
                f" pods/s, {result.bound} of {pods} bound"
                f"{', watch interrupted' if result.watch_interrupted else ''}",
                file=sys.stderr,
                flush=True,
            )
    return runs


def all_bound(title: str, runs: Runs) -> Claim:
    missing = {name: sum(r.pods - r.bound for r in measured) for name, measured in runs.items()}
    text = ", ".join(f"{name} left {number}" for name, number in missing.items() if number)
    return Claim(f"{title}: every pod was bound{' (' + text + ')' if text else ''}", not text)


def few_conflicts(title: str, measured: list[Measurement]) -> Claim:
    conflicts = sum(run.conflicts for run in measured)
    binds = sum(run.bound for run in measured)
    return Claim(
        f"{title}: {conflicts:.0f} bind conflicts in {binds} binds, at most 1 %",
        conflicts <= CONFLICTS_ALLOWED * binds,
    )


# --- sections ------------------------------------------------------------------------------------


def rate_section(bench: Bench, nodes: int, pods: int, rounds: int) -> tuple[Runs, list[Claim]]:
    candidates = "all" if nodes <= 100 else "auto"
    title = f"{nodes} nodes"
    contestants = [
        Contestant("plain"),
        Contestant("trivial", "trivial"),
        Contestant(MEASURED, "tangram", ("--node-lock=off", f"--candidates={candidates}")),
    ]
    runs = play(bench, title, contestants, pods, rounds)
    trivial, plain, ours = (rate(runs[name]) for name in ("trivial", "plain", MEASURED))
    claims = [all_bound(title, runs)]
    void = nodes == 100 and trivial < 0.5 * plain
    if nodes == 100:
        claims.append(
            Claim(
                f"{title}: the trivial extender's rate is {trivial / plain:.2f} x the plain one,"
                " at least 0.5 x (else the run is void)",
                None if void else True,
            )
        )
    if nodes in WANTED:
        claims.append(
            Claim(
                f"{title}: Tangram (--candidates={candidates}) places {ours / trivial:.2f} x the"
                f" pods a second of the trivial extender, at least {WANTED[nodes]} x",
                None if void else ours >= WANTED[nodes] * trivial,
            )
        )
    claims.append(few_conflicts(title, runs[MEASURED]))
    return runs, claims


def lock_section(bench: Bench, pods: int, rounds: int) -> tuple[Runs, list[Claim]]:
    title = f"{LOCK_NODES} nodes, locks and agents"
    contestants = [
        Contestant(MEASURED, "tangram", ("--node-lock=on",), agent=True),
        Contestant(
            "tangram, nodes spread",
            "tangram",
            ("--node-lock=on", "--node-policy=spread"),
            agent=True,
        ),
    ]
    runs = play(bench, title, contestants, pods, rounds)
    claims = [all_bound(title, runs), few_conflicts(title, runs[MEASURED])]
    for name, measured in runs.items():
        writes = max(run.writes_per_pod.get("extender", 0.0) for run in measured)
        failed = sum(run.failed_binds for run in measured)
        broken = [text for run in measured for text in run.violations]
        claims += [
            Claim(f"{title}, {name}: {writes:.2f} writes a pod, 2", abs(writes - 2) < 0.005),
            Claim(f"{title}, {name}: {failed:.0f} binds failed into back-off, none", failed == 0),
            Claim(f"{title}, {name}: the agents complain {len(broken)} times, never", not broken),
        ]
    return runs, claims


def bound_by(runs: Runs) -> str:
    """What limits the rate with locks."""
    lines = ["  What bounds the rate:"]
    for name, measured in runs.items():
        middle = sorted(measured, key=lambda run: run.pods_per_second)[len(measured) // 2]
        gap = middle.hand_over_p50_ms
        lines.append(
            f"    {name}: {middle.nodes_used} nodes took pods; on one node a bind follows the last"
            f" after {gap:.0f} ms (p50), so one node binds at most"
            f" {1000 / gap if gap else 0:.0f} pods/s; the machine was {middle.busy:.0%} busy"
        )
    return "\n".join(lines)


def waiting_section(bench: Bench, pods: int, rounds: int) -> tuple[Runs, list[Claim]]:
    title = f"{WAITING_NODES} nodes, {WAITING} pods waiting"
    locked, free = ("--node-lock=on",), ("--node-lock=off",)
    no_locks = Contestant("locks off", "tangram", free)
    locks = Contestant("locks and agents", "tangram", locked, agent=True)

    def beside(alone: Contestant, flags: tuple[str, ...]) -> Contestant:
        name = f"{alone.name}, waiting{', keeping to back-off' if flags else ''}"
        return replace(alone, name=name, waiting=WAITING, scheduler_flags=flags)

    # (without waiting pods, with them, whether a claim is made)
    pairs = [
        (no_locks, beside(no_locks, ()), True),
        (locks, beside(locks, ()), False),
        (locks, beside(locks, BACK_OFF), True),
    ]
    contestants = list(dict.fromkeys(one for pair in pairs for one in pair[:2]))
    runs = play(bench, title, contestants, pods, rounds)
    claims = [all_bound(title, runs)]
    for alone, crowded, claimed in pairs:
        share = rate(runs[crowded.name]) / rate(runs[alone.name])
        text = f"{title}, {crowded.name}: the rate is {share:.2f} x that without them"
        if claimed:
            claims.append(Claim(f"{text}, at least 0.75 x", share >= 0.75))
        else:
            print(f"  {text} (no claim)")
    return runs, claims


# --- the command ---------------------------------------------------------------------------------


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nodes", default="100,1000,5000", help="sizes of section 'rate'")
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, with commas")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pods", type=int, help="pods a burst (default: 500, 300, 150 by size)")
    parser.add_argument("--json", type=Path, help="also write every measurement to this file")
    parser.add_argument("--tangram", type=Path, required=True, help="the binary to measure")
    parser.add_argument("--trivial", type=Path, required=True, help="the trivial extender")
    parser.add_argument("--dir", type=Path, default=ROOT / "build" / "bench" / "burst")
    options = parser.parse_args()
    options.only = options.only.split(",")
    unknown = set(options.only) - set(SECTIONS)
    if unknown:
        parser.error(f"--only: {', '.join(sorted(unknown))}: allowed: {', '.join(SECTIONS)}")
    options.nodes = [int(one) for one in options.nodes.split(",")]
    for binary in (options.tangram, options.trivial):
        if not os.access(binary, os.X_OK):
            parser.error(f"{binary} is not a program")
    return options


def run(options: argparse.Namespace) -> int:
    print(f"{machine()}\n{options.rounds} interleaved rounds, medians", flush=True)
    sections: dict[str, Runs] = {}
    claims: list[Claim] = []

    def add(title: str, found: tuple[Runs, list[Claim]], remark: str = "") -> None:
        sections[title] = found[0]
        claims.extend(found[1])
        print(table(title, found[0]))
        print(bound_by(found[0]) if remark else "", flush=True)

    binaries = {"tangram": options.tangram, "trivial": options.trivial}
    with running_bench(options.dir, binaries) as bench:
        for nodes in options.nodes if "rate" in options.only else []:
            set_nodes(bench, nodes)
            pods = options.pods or PODS.get(nodes, 150)
            title = f"{nodes} nodes x 8 GPUs, bursts of {pods} pods, no locks"
            add(title, rate_section(bench, nodes, pods, options.rounds))
        pods = options.pods or PODS[LOCK_NODES]
        if "lock" in options.only:
            set_nodes(bench, LOCK_NODES)
            title = f"{LOCK_NODES} nodes x 8 GPUs, bursts of {pods} pods, locks and node agents"
            add(title, lock_section(bench, pods, options.rounds), "bound by")
        if "waiting" in options.only:
            set_nodes(bench, WAITING_NODES)
            title = f"{WAITING_NODES} nodes x 8 GPUs, bursts of {pods} pods, {WAITING} never fit"
            add(title, waiting_section(bench, pods, options.rounds), "bound by")
    code = verdict(claims)
    if options.json:
        write_json(options.json, sections, claims)
    return code


if __name__ == "__main__":
    # Ends as Ctrl-C does: what was started is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(run(parse()))
    except (RuntimeError, TimeoutError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
