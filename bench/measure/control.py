"""The control plane of the benches: the end-to-end tests' one, in a folder of its own."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from support import objects, paths
from support.control_plane import ControlPlane

from measure.burst_run import Bench
from measure.cluster import NODES, create, delete_nodes
from measure.raw_api import RawApi


@contextlib.contextmanager
def running_bench(directory: Path, binaries: dict[str, Path]) -> Iterator[Bench]:
    """A fresh control plane with Tangram's rights in it; stopped afterwards."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "session.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RuntimeError(f"another bench uses {directory}") from error
        plane = ControlPlane(directory / "control-plane")
        plane.build()
        plane.up(fresh=True)
        try:
            for name in ("rbac.yaml", "second-scheduler.yaml"):
                applied = plane.kubectl("apply", "-f", str(paths.MANIFESTS / name))
                if applied.returncode != 0:
                    raise RuntimeError(applied.stderr)
            yield Bench(plane, RawApi(plane.kubeconfig()), binaries)
        finally:
            plane.down()


def set_nodes(bench: Bench, count: int) -> None:
    """Replaces the nodes of the cluster by `count` new ones of eight cards."""
    delete_nodes(bench.api)
    create(bench.api, NODES, (objects.node(f"node-{i:05d}") for i in range(count)))
    bench.nodes = count
