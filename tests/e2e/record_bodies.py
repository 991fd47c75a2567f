"""Records what kube-scheduler sends to an extender, as the fixtures of tests/api/extender.

    build/e2e-venv/bin/python tests/e2e/record_bodies.py tests/api/extender/testdata

Run it when the pinned kube-scheduler changes. It starts a control plane of its own, puts a recorder
between kube-scheduler and Tangram, creates two pods, and writes the first body of every verb: once
as the shipped configuration has it and once, for the first pod, without nodeCacheCapable.
"""

from __future__ import annotations

import http.client
import json
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent))

from support import paths  # noqa: E402
from support.cluster import Cluster  # noqa: E402
from support.control_plane import ControlPlane  # noqa: E402
from support.objects import container, nodes, pod  # noqa: E402
from support.ports import free_port  # noqa: E402
from support.scheduler_config import derive  # noqa: E402
from support.tangram import Tangram  # noqa: E402


class Recorder:
    """Passes every POST on to Tangram and keeps the first body of each verb and pod."""

    def __init__(self, upstream_port: int) -> None:
        self.bodies: dict[str, bytes] = {}
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:  # noqa: N802 - the base class asks for this name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                recorder.keep(self.path.strip("/"), body)
                upstream = http.client.HTTPConnection("127.0.0.1", upstream_port, timeout=60)
                upstream.request("POST", self.path, body, {"Content-Type": "application/json"})
                answer = upstream.getresponse()
                text = answer.read()
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", free_port()), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def keep(self, verb: str, body: bytes) -> None:
        args = json.loads(body)
        name = args["PodName"] if verb == "bind" else args["Pod"]["metadata"]["name"]
        self.bodies.setdefault(f"{name}-{verb}", body)


def record(plane: ControlPlane, cluster: Cluster, cache_capable: bool) -> dict[str, bytes]:
    # No node agents run here, so nobody would free a lock.
    log = plane.directory / "recorded-tangram.log"
    tangram = Tangram(plane.kubeconfig("tangram"), log, ("--node-lock=off",))
    tangram.start()
    recorder = Recorder(tangram.port)
    config = derive(
        paths.DEFAULT_SCHEDULER_CONFIG,
        plane.directory / "scheduler-config.yaml",
        recorder.url,
        plane.kubeconfig("scheduler"),
    )
    if not cache_capable:
        changed = yaml.safe_load(config.read_text())
        changed["extenders"][0]["nodeCacheCapable"] = False
        config.write_text(yaml.safe_dump(changed, sort_keys=False))
    plane.start_scheduler(config)
    try:
        cluster.create_nodes(nodes("gpu", 3))
        tangram.wait_knows("gpu-00", "gpu-01", "gpu-02")
        note = {"note": 'a<b & "c" \u2028'}
        slice_pod = pod("slice", annotations=note, mem=3000, cores=30)
        several = pod(
            "several",
            containers=[container("train", gpu=2, mem=5000), container("log", gpu=None)],
            init=[container("prepare", gpu=1)],
        )
        created = [slice_pod, several] if cache_capable else [slice_pod]
        cluster.create_pods(created)
        if cache_capable:
            cluster.wait_bound("slice", "several")
        else:
            # Tangram says what is wrong with the configuration, so the pod waits.
            while "slice-filter" not in recorder.bodies:
                threading.Event().wait(0.1)
        return dict(recorder.bodies)
    finally:
        plane.stop_scheduler()
        tangram.stop()
        cluster.clear()


def main() -> None:
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        plane = ControlPlane(Path(directory) / "control-plane")
        plane.build()
        plane.up(fresh=True)
        cluster = Cluster(plane.kubeconfig())
        try:
            applied = plane.kubectl("apply", "-f", str(paths.MANIFESTS / "rbac.yaml"))
            assert applied.returncode == 0, applied.stderr
            bodies = record(plane, cluster, cache_capable=True)
            bodies["slice-nodes"] = record(plane, cluster, cache_capable=False)["slice-filter"]
        finally:
            cluster.close()
            plane.down()
    wanted = ("slice-filter", "slice-bind", "slice-nodes", "several-prioritize")
    for name in wanted:
        (target / f"{name}.json").write_bytes(bodies[name].rstrip(b"\n"))
        print(f"{name}.json: {len(bodies[name])} bytes")


if __name__ == "__main__":
    main()
