"""One control plane for the session, one stack at a time, an empty cluster for every test.

The binary under test is $TANGRAM_BINARY, or build/release/tangram. Nothing here skips: what is
missing fails the session with a sentence that says how to get it.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import paths
from support.agent import Agent, Mode
from support.cluster import Cluster
from support.control_plane import ControlPlane
from support.stack import Layout, Stack

DIRECTORY = Path(os.environ.get("TANGRAM_E2E_DIR") or paths.ROOT / "build" / "e2e")


@pytest.fixture(scope="session")
def tangram_binary() -> Path:
    """Fails the session's tests when there is nothing to test."""
    binary = paths.tangram_binary()
    if not os.access(binary, os.X_OK):
        pytest.exit(
            f"no Tangram binary at {binary}: build it with 'cmake --preset release && cmake --build"
            " --preset release', or set TANGRAM_BINARY",
            returncode=4,
        )
    return binary


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    """etcd and kube-apiserver with the manifests of deploy/ that give Tangram its rights."""
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    with (DIRECTORY / "session.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pytest.exit(f"another session uses {DIRECTORY}; set TANGRAM_E2E_DIR", returncode=4)
        plane = ControlPlane(DIRECTORY / "control-plane")
        try:
            plane.build()
            plane.up(fresh=True)
        except RuntimeError as error:
            pytest.exit(str(error), returncode=4)
        try:
            for name in ("rbac.yaml", "second-scheduler.yaml"):
                applied = plane.kubectl("apply", "-f", str(paths.MANIFESTS / name))
                assert applied.returncode == 0, applied.stderr
            yield plane
        finally:
            plane.down()


@pytest.fixture(scope="session")
def _cluster(control_plane: ControlPlane) -> Iterator[Cluster]:
    client = Cluster(control_plane.kubeconfig())
    yield client
    client.close()


@pytest.fixture
def cluster(_cluster: Cluster) -> Iterator[Cluster]:
    """The administrator's client; the cluster is empty before and after the test."""
    yield _cluster
    _cluster.clear()


class Stacks:
    """Keeps the running stack as long as the next test wants the same layout."""

    def __init__(self, control_plane: ControlPlane, cluster: Cluster) -> None:
        self._control_plane = control_plane
        self._cluster = cluster
        self._shared: Stack | None = None

    def use(self, layout: Layout) -> Stack:
        if self._shared is not None and self._shared.layout != layout:
            self.stop()
        if self._shared is None:
            made = self.make(layout)
            made.start()
            self._shared = made
        return self._shared

    def make(self, layout: Layout, kubeconfig: Path | None = None) -> Stack:
        """A stack of the test's own, not started; the test stops it. No other one runs."""
        if self._shared is not None:
            self.stop()
        return Stack(self._control_plane, self._cluster, layout, kubeconfig)

    def stop(self) -> None:
        stack, self._shared = self._shared, None
        if stack is not None:
            stack.stop()


@pytest.fixture(scope="session")
def stacks(
    tangram_binary: Path, control_plane: ControlPlane, _cluster: Cluster
) -> Iterator[Stacks]:
    found = Stacks(control_plane, _cluster)
    yield found
    found.stop()


@pytest.fixture
def stack(stacks: Stacks, cluster: Cluster) -> Stack:
    """The shipped default configuration: the default scheduler, weight 125, locks where HAMi's
    agent registered the node."""
    return stacks.use(Layout())


@pytest.fixture
def verbs_only(stacks: Stacks, cluster: Cluster) -> Stack:
    """Tangram without a kube-scheduler: the test calls the verbs itself."""
    return stacks.use(Layout(with_scheduler=False))


@pytest.fixture
def new_stack(stacks: Stacks, cluster: Cluster):
    """Makes a started stack of the test's own, for tests that kill it or put something between."""
    made: list[Stack] = []

    def make(layout: Layout = Layout(), kubeconfig: Path | None = None) -> Stack:
        one = stacks.make(layout, kubeconfig)
        made.append(one)
        one.start()
        return one

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def whole_stack(new_stack, cluster, tmp_path, tangram_binary):
    """Makes a stack whose kube-scheduler is configured by `tangram config kube-scheduler`, which
    finds the names of resources in the cluster as the test has made it."""

    def make(nodes: list[dict]) -> Stack:
        cluster.create_nodes(nodes)
        dump = tmp_path / "dump.json"
        # Items of a list carry no kind; kubectl adds it.
        items = [one | {"kind": "Node"} for one in cluster.nodes()]
        dump.write_text(json.dumps({"kind": "List", "items": items}))
        command = [str(tangram_binary), "config", "kube-scheduler", "--cluster", str(dump)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        config = tmp_path / "printed.yaml"
        config.write_text(done.stdout)
        return new_stack(Layout(shipped=config))

    return make


@pytest.fixture(scope="session")
def _agent_cluster(control_plane: ControlPlane) -> Iterator[Cluster]:
    client = Cluster(control_plane.kubeconfig("agent"))
    yield client
    client.close()


@pytest.fixture
def new_agent(_agent_cluster: Cluster):
    """Makes node agents; each is checked at the end of the test: a scheduler that breaks HAMi's
    protocol is found out by its plugin."""
    made: list[Agent] = []

    def make(delay_seconds: float = 0.0, mode: Mode = Mode.SERVE) -> Agent:
        one = Agent(_agent_cluster, delay_seconds, mode)
        made.append(one)
        return one.__enter__()

    yield make
    for one in made:
        one.__exit__()
    assert [text for one in made for text in one.violations] == []


@pytest.fixture
def agent(new_agent) -> Agent:
    """An agent that serves at once."""
    return new_agent()
