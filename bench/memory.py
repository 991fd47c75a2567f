#!/usr/bin/env python3
"""bench/memory: peak memory of Tangram on a big cluster, and how long it takes to be ready.

5,000 nodes of eight GPUs with 20,000 bound pods, in a real kube-apiserver. Start to ready is
compared with what `kubectl get --raw` needs for the same pages, in turns; and once the same cluster
is served from a file.

Run it by scripts/bench.sh memory. Exit code 0 when every claim holds, 1 when one does not, 2 when
nothing could be measured.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "e2e")]

from measure import processes  # noqa: E402
from measure.burst_run import Bench  # noqa: E402
from measure.cluster import NODES, PODS, create  # noqa: E402
from measure.contestants import Server  # noqa: E402
from measure.control import running_bench  # noqa: E402
from measure.report import Claim, machine, verdict  # noqa: E402
from support.ports import free_port  # noqa: E402

MOST_MIB = 150
MOST_OF_KUBECTL = 1.5
# What Tangram lists: pods that ended use nothing.
LIVE_PODS = "fieldSelector=" + quote("status.phase!=Succeeded,status.phase!=Failed")
VERBS = 50


def write_profile(options: argparse.Namespace, target: Path) -> dict:
    """An aged cluster as kubectl prints it, made by the load generator."""
    command = [str(options.verbs), "--write-cluster", str(target), "--states", "aged"]
    command += ["--nodes", str(options.nodes)]
    print(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())
    return json.loads(target.read_text())


def fill(bench: Bench, listed: dict) -> None:
    for kind, path in (("Node", NODES), ("Pod", PODS)):
        some = [one for one in listed["items"] if one["kind"] == kind]
        for one in some:
            for field in ("uid", "resourceVersion", "creationTimestamp"):
                one["metadata"].pop(field, None)
        create(bench.api, path, some)


def kubectl_pages(bench: Bench) -> tuple[float, float]:
    """Seconds that kubectl alone needs for every page of nodes and pods, 500 objects each; and how
    many of them go into starting it once a page."""
    kubectl = str(Path(bench.plane.env["CONTROL_PLANE_BIN"]) / "kubectl")
    command = [kubectl, "--kubeconfig", str(bench.plane.kubeconfig("tangram")), "get", "--raw"]
    total, pages = 0.0, 0
    for path in (f"{NODES}?limit=500", f"/api/v1/pods?limit=500&{LIVE_PODS}"):
        token = ""
        while True:
            url = path + (f"&continue={quote(token)}" if token else "")
            began = time.monotonic()
            page = subprocess.run([*command, url], check=True, capture_output=True).stdout
            total += time.monotonic() - began
            pages += 1
            token = json.loads(page)["metadata"].get("continue", "")
            if not token:
                break
    began = time.monotonic()
    subprocess.run([*command, "/readyz"], check=True, capture_output=True)
    return total, pages * (time.monotonic() - began)


def start_to_ready(command: list[str], port: int, log: Path) -> tuple[Server, float]:
    began = time.monotonic()
    server = Server(command, port, log)
    server.wait_ready(300)
    return server, time.monotonic() - began


def exercise(port: int, names: list[str]) -> None:
    """Filter and prioritize with every name: the buffers of a working server."""
    pod = {
        "metadata": {"name": "probe", "namespace": "default", "uid": "probe"},
        "spec": {
            "containers": [
                {
                    "name": "main",
                    "resources": {"limits": {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "3k"}},
                }
            ]
        },
    }
    body = json.dumps({"Pod": pod, "Nodes": None, "NodeNames": names}, separators=(",", ":"))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for verb in ["/filter", "/prioritize"] * VERBS:
        connection.request("POST", verb, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{verb} answered {answer.status}")
    connection.close()


def observe(server: Server, names: list[str]) -> dict[str, float]:
    """Peak and resident memory: when ready, and after work and a look at the metrics."""
    ready = processes.peak_mib(server.pid)
    exercise(server.port, names)
    worked = processes.peak_mib(server.pid)
    server.get("/metrics")
    return {
        "peak when ready": ready,
        "peak after verbs": worked,
        "peak after /metrics": processes.peak_mib(server.pid),
        "resident at the end": processes.resident_mib(server.pid),
    }


def highest(seen: dict[str, float]) -> float:
    return max(mib for name, mib in seen.items() if name.startswith("peak"))


def show(title: str, seen: dict[str, float]) -> None:
    print(f"{title}: " + ", ".join(f"{name} {mib:.1f} MiB" for name, mib in seen.items()))


def against_api_server(options: argparse.Namespace, listed: dict) -> list[Claim]:
    names = [one["metadata"]["name"] for one in listed["items"] if one["kind"] == "Node"]
    pods = sum(one["kind"] == "Pod" for one in listed["items"])
    pages, starts, seen = [], [], {}
    with running_bench(options.dir, {"tangram": options.tangram}) as bench:
        began = time.monotonic()
        fill(bench, listed)
        print(f"filled kube-apiserver in {time.monotonic() - began:.0f} s", flush=True)
        command = [str(options.tangram), "serve", "--log-level", "warn"]
        command += ["--kubeconfig", str(bench.plane.kubeconfig("tangram"))]
        for number in range(options.rounds):
            seconds, of_starting = kubectl_pages(bench)
            pages.append(seconds)
            print(
                f"round {number + 1}: kubectl {seconds:.2f} s, {of_starting:.2f} s for its starts"
            )
            port = free_port()
            address = ["--listen", f"127.0.0.1:{port}"]
            server, seconds = start_to_ready(command + address, port, options.dir / "tangram.log")
            try:
                starts.append(seconds)
                if number == options.rounds - 1:
                    seen = observe(server, names)
            finally:
                server.stop()
            print(f"round {number + 1}: Tangram ready after {seconds:.2f} s", flush=True)
    show("kube-apiserver", seen)
    peak = highest(seen)
    ratio = statistics.median(start / page for start, page in zip(starts, pages))
    size = f"{len(names)} nodes x 8 GPUs, {pods} pods"
    return [
        Claim(
            f"{size}, kube-apiserver: peak memory {peak:.1f} MiB, at most {MOST_MIB}",
            peak <= MOST_MIB,
        ),
        Claim(
            f"{size}: ready after {statistics.median(starts):.2f} s, {ratio:.2f} x the"
            f" {statistics.median(pages):.2f} s of kubectl, at most {MOST_OF_KUBECTL} x",
            ratio <= MOST_OF_KUBECTL,
        ),
    ]


def from_file(options: argparse.Namespace, profile: Path, names: list[str]) -> list[Claim]:
    port = free_port()
    command = [str(options.tangram), "serve", "--cluster", str(profile), "--journal", "off"]
    command += ["--log-level", "warn", "--listen", f"127.0.0.1:{port}"]
    server, seconds = start_to_ready(command, port, options.dir / "tangram-file.log")
    try:
        seen = observe(server, names)
    finally:
        server.stop()
    show(f"--cluster FILE ({profile.stat().st_size >> 20} MiB), ready after {seconds:.2f} s", seen)
    peak = highest(seen)
    text = f"{len(names)} nodes x 8 GPUs, from a file: peak memory {peak:.1f} MiB"
    return [Claim(f"{text}, at most {MOST_MIB}", peak <= MOST_MIB)]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nodes", type=int, default=5000, help="four pods each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=("api", "file"), help="one of the two sources")
    parser.add_argument("--tangram", type=Path, required=True, help="the binary to measure")
    parser.add_argument("--verbs", type=Path, required=True, help="the load generator")
    parser.add_argument("--dir", type=Path, default=ROOT / "build" / "bench" / "memory")
    return parser.parse_args()


def run(options: argparse.Namespace) -> int:
    print(machine(), flush=True)
    options.dir.mkdir(parents=True, exist_ok=True)
    profile = options.dir / "cluster.json"
    listed = write_profile(options, profile)
    names = [one["metadata"]["name"] for one in listed["items"] if one["kind"] == "Node"]
    claims = []
    if options.only != "api":
        claims += from_file(options, profile, names)
    if options.only != "file":
        claims += against_api_server(options, listed)
    return verdict(claims)


if __name__ == "__main__":
    # Ends as Ctrl-C does: what was started is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(run(parse()))
    except (RuntimeError, TimeoutError, OSError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
