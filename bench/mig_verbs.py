#!/usr/bin/env python3
"""bench/mig_verbs: how long a filter takes where every card is cut into MIG instances.

1,000 nodes of eight A100 in MIG mode, aged by random instances that came and went, hardly two nodes
alike, in a `tangram serve` process on a cluster file. Filters name every node, over one connection,
by memory, by percentage and by profile; after each one a pod is bound, so that the next one meets a
node that it has not judged before.

Run it by scripts/bench.sh mig-verbs. Exit code 0 when the claim holds, else 1.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from claims import verdict

REGISTER = "hami.io/node-nvidia-register"
PROFILES = [
    ("1g.10gb", 9728, 15, 1, 1, [0, 1, 2, 3, 4, 5, 6]),
    ("2g.20gb", 19968, 29, 2, 2, [0, 2, 4]),
    ("3g.40gb", 40448, 43, 3, 4, [0, 4]),
    ("7g.80gb", 81152, 100, 7, 8, [0]),
]
CARDS = 8
P50_MS = 1.0


def node(name: str) -> dict:
    profiles = [
        {
            "name": profile,
            "memoryMB": memory,
            "core": core,
            "sliceCount": slices,
            "placements": [{"start": start, "size": size} for start in starts],
        }
        for profile, memory, core, slices, size, starts in PROFILES
    ]
    cards = [
        {
            "id": f"GPU-{name}-{i}",
            "index": i,
            "count": 7,
            "devmem": 81920,
            "devcore": 100,
            "type": "NVIDIA A100-SXM4-80GB",
            "mode": "mig",
            "health": True,
            "migProfiles": profiles,
        }
        for i in range(CARDS)
    ]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "annotations": {REGISTER: json.dumps(cards)}},
        "status": {"allocatable": {"nvidia.com/gpu": str(7 * CARDS)}},
    }


def bound_pod(name: str, place: str, card: int, profile: tuple, start: int) -> dict:
    word, memory, core, _, size, _ = profile
    uuid = f"GPU-{place}-{card}"
    devices = f"{uuid},NVIDIA,{memory},{core}:;"
    reserved = [
        {
            "containerIndex": 0,
            "deviceIndex": 0,
            "gpuUUID": uuid,
            "profile": word,
            "placement": {"start": start, "size": size},
        }
    ]
    body = pod(name, {"nvidia.com/gpu": "1"}, {"tangram.dev/mig-profile": word})
    body["metadata"]["annotations"] |= {
        "hami.io/vgpu-node": place,
        "hami.io/vgpu-devices-allocated": devices,
        "hami.io/vgpu-mig-allocations": json.dumps(reserved),
    }
    body["spec"]["nodeName"] = place
    return body


def pod(name: str, limits: dict[str, str], annotations: dict[str, str]) -> dict:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "default",
            "uid": f"uid-{name}",
            "annotations": dict(annotations),
        },
        "spec": {"containers": [{"name": "main", "resources": {"limits": limits}}]},
    }


def aged(nodes: int, seed: int) -> list[dict]:
    """Nodes, and pods with instances at random places; about half of the slices are taken."""
    dice = random.Random(seed)
    items, number = [], 0
    for i in range(nodes):
        name = f"mig-{i:04d}"
        items.append(node(name))
        for card in range(CARDS):
            taken = 0
            for _ in range(dice.randrange(7)):
                profile = dice.choice(PROFILES[:3])
                start = dice.choice(profile[5])
                mask = ((1 << profile[4]) - 1) << start
                if taken & mask:
                    continue
                taken |= mask
                items.append(bound_pod(f"old-{number}", name, card, profile, start))
                number += 1
    return items


def asks() -> list[tuple[dict, dict]]:
    mig = {"nvidia.com/vgpu-mode": "mig"}
    by_memory = [
        ({"nvidia.com/gpu": "1", "nvidia.com/gpumem": str(m)}, mig) for m in (5000, 15000, 40000)
    ]
    by_percent = [({"nvidia.com/gpu": "1", "nvidia.com/gpumem-percentage": "24"}, mig)]
    by_name = [
        ({"nvidia.com/gpu": "1"}, {"tangram.dev/mig-profile": profile[0]}) for profile in PROFILES
    ]
    several = [({"nvidia.com/gpu": "2", "nvidia.com/gpumem": "9000"}, mig)]
    return by_memory + by_percent + by_name + several


class Server:
    def __init__(self, tangram: str, cluster: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        flags = ["--cluster", str(cluster), "--journal", "off", "--listen", f"127.0.0.1:{port}"]
        self._process = subprocess.Popen(
            [tangram, "serve", *flags, "--settle", "0s"], stderr=subprocess.DEVNULL
        )
        self._port = port

    def connect(self) -> http.client.HTTPConnection:
        deadline = time.monotonic() + 120
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            try:
                connection.request("GET", "/readyz")
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    return connection
            except OSError:
                pass
            if time.monotonic() > deadline:
                raise RuntimeError("the server does not become ready")
            time.sleep(0.1)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)


def call(connection: http.client.HTTPConnection, verb: str, body: dict) -> tuple[float, dict]:
    text = json.dumps(body, separators=(",", ":"))
    began = time.perf_counter()
    connection.request("POST", verb, text, {"Content-Type": "application/json"})
    answer = connection.getresponse().read()
    return (time.perf_counter() - began) * 1000, json.loads(answer)


def measure(connection: http.client.HTTPConnection, names: list[str], rounds: int) -> dict:
    times: dict[str, list[float]] = {"first of its shape": [], "after a bind": []}
    number = 0
    for turn in range(rounds):
        for limits, notes in asks():
            body = pod(f"new-{number}", limits, notes)
            number += 1
            took, answer = call(
                connection, "/filter", {"Pod": body, "Nodes": None, "NodeNames": names}
            )
            times["after a bind" if turn else "first of its shape"].append(took)
            if not answer["NodeNames"]:
                continue
            meta = body["metadata"]
            _, bound = call(
                connection,
                "/bind",
                {
                    "PodName": meta["name"],
                    "PodNamespace": "default",
                    "PodUID": meta["uid"],
                    "Node": answer["NodeNames"][0],
                },
            )
            if bound["Error"]:
                raise RuntimeError(bound["Error"])
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--tangram", required=True, help="the binary")
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=40, help="of every shape")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    items = aged(options.nodes, options.seed)
    names = [one["metadata"]["name"] for one in items if one["kind"] == "Node"]
    print(f"{len(names)} nodes x {CARDS} cards in MIG mode, {len(items) - len(names)} instances")
    with tempfile.TemporaryDirectory() as folder:
        cluster = Path(folder) / "cluster.json"
        cluster.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        server = Server(options.tangram, cluster)
        try:
            times = measure(server.connect(), names, options.rounds)
        finally:
            server.stop()
    for what, took in times.items():
        tail = sorted(took)[int(len(took) * 0.99)]
        print(f"  filter, {what:20} p50 {statistics.median(took):7.3f} ms  p99 {tail:7.3f} ms")
    p50 = statistics.median(times["after a bind"])
    return verdict([(f"filter p50 {p50:.3f} ms, at most {P50_MS} ms", p50 <= P50_MS)])


if __name__ == "__main__":
    sys.exit(main())
