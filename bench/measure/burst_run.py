"""One burst of pods through a real kube-scheduler, and what it cost."""

from __future__ import annotations

import json
import math
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from support import objects
from support.audit import AGENT, SCHEDULER, TANGRAM, AuditLog
from support.control_plane import ControlPlane

from measure import processes
from measure.cluster import PODS, THREADS, BoundWatch, create, delete_pods, wait_until
from measure.contestants import (
    AgentProcess,
    Contestant,
    Server,
    counters,
    start_extender,
    write_scheduler_config,
)
from measure.raw_api import RawApi

WARM_UP = 16
BURST_SECONDS = 180
WRITES = ("create", "update", "patch", "delete", "deletecollection")
SLICE = {"gpu": 1, "mem": 3000, "cores": 5}
# More memory than any card has, and more cards than any node has.
NEVER = ({"gpu": 1, "mem": 200000}, {"gpu": 16, "mem": 1000})


@dataclass
class Measurement:
    """A burst in numbers."""

    contestant: str
    nodes: int
    pods: int
    bound: int
    pods_per_second: float = 0.0
    bound_p50_ms: float = 0.0
    bound_p99_ms: float = 0.0
    filters_per_pod: float = 0.0
    conflicts: float = 0.0
    failed_binds: float = 0.0
    wake_ups: float = 0.0
    writes_per_pod: dict[str, float] = field(default_factory=dict)
    cpu_ms_per_pod: dict[str, float] = field(default_factory=dict)
    busy: float = 0.0  # share of all cores
    nodes_used: int = 0
    hand_over_p50_ms: float = 0.0  # between two binds of the same node
    violations: list[str] = field(default_factory=list)
    watch_interrupted: int = 0


@dataclass
class Bench:
    """The control plane with `nodes` nodes in it, and what runs on it."""

    plane: ControlPlane
    api: RawApi
    binaries: dict[str, Path]
    nodes: int = 0
    serial: int = 0

    @property
    def directory(self) -> Path:
        return self.plane.directory

    def pid_of(self, name: str) -> int:
        return int((self.directory / f"{name}.pid").read_text())

    def names(self, prefix: str, count: int) -> list[str]:
        self.serial += 1
        return [f"{prefix}-{self.serial}-{i:04d}" for i in range(count)]


def run_burst(bench: Bench, contestant: Contestant, pods: int) -> Measurement:
    """Starts the contestant, measures one burst, stops it, and leaves the cluster without pods."""
    kubeconfig = bench.plane.kubeconfig("tangram")
    server = start_extender(contestant, bench.binaries, kubeconfig, bench.directory)
    agent = watch = None
    try:
        config = write_scheduler_config(
            bench.directory / "scheduler-config.yaml",
            bench.plane.kubeconfig("scheduler"),
            server.url if server else None,
        )
        bench.plane.start_scheduler(config, flags=contestant.scheduler_flags)
        if contestant.agent:
            log = bench.directory / "agent.log"
            agent = AgentProcess(bench.plane.kubeconfig("agent"), log)
        watch = BoundWatch(bench.api)
        _warm_up(bench, contestant, watch)
        _add_waiting(bench, contestant)
        result = _measure(bench, contestant, server, agent, watch, pods)
        if agent is not None:
            result.violations = agent.stop()["violations"]
            agent = None
        return result
    finally:
        if watch is not None:
            watch.stop()
        if agent is not None:
            agent.stop()
        bench.plane.stop_scheduler()
        if server is not None:
            server.stop()
        delete_pods(bench.api)
        _unlock(bench)


def _warm_up(bench: Bench, contestant: Contestant, watch: BoundWatch) -> None:
    """kube-scheduler has its caches filled, and every connection is open, when pods are bound."""
    names = bench.names("warm", WARM_UP)
    create(bench.api, PODS, (_pod(contestant, name, "warm") for name in names))
    if not watch.wait(names, 180):
        raise RuntimeError(f"{contestant.name}: the first {WARM_UP} pods were not bound in 180 s")
    if contestant.agent:
        wait_until(lambda: not _unserved(bench), "the agents served the first pods", 60)
    delete_pods(bench.api, "burst=warm")
    time.sleep(0.5)


def _unserved(bench: Bench) -> bool:
    pods = bench.api.get(PODS)["items"]
    return any(
        (pod["metadata"].get("annotations") or {}).get(objects.BIND_PHASE) == "allocating"
        for pod in pods
    )


def _add_waiting(bench: Bench, contestant: Contestant) -> None:
    """Pods that never fit, each refused once before the burst begins."""
    if contestant.waiting == 0:
        return
    names = bench.names("waiting", contestant.waiting)
    bodies = [
        _labelled(objects.pod(name, **NEVER[i % len(NEVER)]), "waiting")
        for i, name in enumerate(names)
    ]
    create(bench.api, PODS, bodies)

    def refused() -> bool:
        pods = bench.api.get(PODS, labelSelector="burst=waiting")["items"]
        return all((pod["status"].get("conditions") or []) for pod in pods)

    wait_until(refused, f"{contestant.waiting} pods were refused", 120, every=0.5)
    time.sleep(3)  # kube-scheduler filters each twice, and longer than its back-off apart


def _labelled(pod: dict, label: str) -> dict:
    pod["metadata"]["labels"] = {"burst": label}
    return pod


def _pod(contestant: Contestant, name: str, label: str = "burst") -> dict:
    """A slice of a card, or for contestants without extender as much CPU."""
    pod = objects.pod(name, **(SLICE if contestant.gpu else {"gpu": None}))
    if not contestant.gpu:
        resources = {"requests": {"cpu": "10m", "memory": "10Mi"}}
        pod["spec"]["containers"][0]["resources"] = resources
    return _labelled(pod, label)


def _measure(
    bench: Bench,
    contestant: Contestant,
    server: Server | None,
    agent: AgentProcess | None,
    watch: BoundWatch,
    pods: int,
) -> Measurement:
    names = bench.names("burst", pods)
    bodies = {
        name: json.dumps(_pod(contestant, name), separators=(",", ":")).encode() for name in names
    }
    pids = {name: bench.pid_of(name) for name in ("etcd", "apiserver", "scheduler")}
    if server is not None:
        pids["extender"] = server.pid
    if agent is not None:
        pids["agent"] = agent.pid
    audit = AuditLog(bench.directory / "audit.log")
    counted = counters(contestant, server)
    cpu = {name: processes.cpu_seconds(pid) for name, pid in pids.items()}
    own = time.process_time()
    busy, idle = processes.machine_seconds()

    created = _create_at_once(bench.api, bodies)
    watch.wait(names, BURST_SECONDS)

    after_busy, after_idle = processes.machine_seconds()
    bound = {name: watch.bound[name] for name in names if name in watch.bound}
    result = Measurement(contestant.name, bench.nodes, pods, len(bound))
    result.watch_interrupted = watch.interrupted
    result.busy = (after_busy - busy) / max(after_busy - busy + after_idle - idle, 1e-9)
    per_pod = {n: processes.cpu_seconds(pid) - cpu[n] for n, pid in pids.items()}
    per_pod["bench"] = time.process_time() - own
    result.cpu_ms_per_pod = {n: round(1000 * s / pods, 2) for n, s in per_pod.items()}
    _add_times(result, created, bound)
    _add_counters(result, counted, counters(contestant, server))
    _add_writes(result, audit)
    return result


def _create_at_once(api: RawApi, bodies: dict[str, bytes]) -> dict[str, float]:
    """When the POST of each pod was begun."""
    created: dict[str, float] = {}
    gate = threading.Barrier(THREADS)
    shares = [list(bodies.items())[i::THREADS] for i in range(THREADS)]

    def work(share: list[tuple[str, bytes]]) -> None:
        api.get(PODS, limit=1)  # the connection is open when the clock starts
        gate.wait()
        for name, body in share:
            created[name] = time.monotonic()
            api.call("POST", PODS, body)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, shares))
    return created


def percentile(values: list[float], percent: int) -> float:
    """Nearest rank; 0 for no values."""
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def _add_times(
    result: Measurement, created: dict[str, float], bound: dict[str, tuple[float, str]]
) -> None:
    if not bound:
        return
    first = min(created.values())
    last = max(when for when, _ in bound.values())
    result.pods_per_second = len(bound) / (last - first)
    waits = [1000 * (when - created[name]) for name, (when, _) in bound.items()]
    result.bound_p50_ms = percentile(waits, 50)
    result.bound_p99_ms = percentile(waits, 99)
    by_node: dict[str, list[float]] = defaultdict(list)
    for when, node in sorted(bound.values()):
        by_node[node].append(when)
    result.nodes_used = len(by_node)
    gaps = [1000 * (b - a) for times in by_node.values() for a, b in zip(times, times[1:])]
    result.hand_over_p50_ms = percentile(gaps, 50)


def _add_counters(result: Measurement, before: dict[str, float], after: dict[str, float]) -> None:
    grown = {name: after[name] - before[name] for name in after}
    result.filters_per_pod = grown.get("filter", 0) / max(result.bound, 1)
    result.conflicts = grown.get("conflicts", 0)
    result.failed_binds = grown.get("bind_errors", 0)
    result.wake_ups = grown.get("wake_ups", 0)


def _add_writes(result: Measurement, audit: AuditLog) -> None:
    who = {TANGRAM: "extender", SCHEDULER: "scheduler", AGENT: "agent"}
    writes: dict[str, int] = defaultdict(int)
    for call in audit.calls():
        if call.verb in WRITES and call.user in who:
            kind = call.resource if call.user == SCHEDULER else ""
            writes[f"{who[call.user]} {kind}".strip()] += 1
    result.writes_per_pod = {
        name: round(number / max(result.bound, 1), 3) for name, number in sorted(writes.items())
    }


def _unlock(bench: Bench) -> None:
    """Takes away the locks of pods that were deleted before their agent gave them back."""
    for node in bench.api.get("/api/v1/nodes")["items"] if bench.nodes <= 200 else []:
        if objects.NODE_LOCK in (node["metadata"].get("annotations") or {}):
            change = {"metadata": {"annotations": {objects.NODE_LOCK: None}}}
            bench.api.patch(f"/api/v1/nodes/{node['metadata']['name']}", change)
