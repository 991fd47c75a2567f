"""etcd, kube-apiserver and kube-scheduler, run by scripts/control-plane.sh."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from support.paths import CONTROL_PLANE_SCRIPT


class ControlPlane:
    """One control plane in one folder. `up` and `down` may be called again at any time."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.env: dict[str, str] = {}

    @staticmethod
    def build() -> None:
        """Builds the binaries if they are not there; the script says what is missing."""
        _script("build", seconds=3000)

    def up(self, fresh: bool = False) -> None:
        """Starts what does not run, on the ports it had before."""
        options = ["--audit"] + (["--fresh"] if fresh else [])
        _script("up", "--dir", str(self.directory), *options, seconds=240)
        lines = (self.directory / "env").read_text().splitlines()
        pairs = (line.split("=", 1) for line in lines if "=" in line)
        self.env = {key: "".join(shlex.split(value)) for key, value in pairs}

    def down(self) -> None:
        _script("down", "--dir", str(self.directory), seconds=60)

    def kill_apiserver(self) -> None:
        """The API server dies without a word; etcd keeps everything it acknowledged."""
        _script("stop", "apiserver", "--kill", "--dir", str(self.directory), seconds=60)

    def kubeconfig(self, who: str = "") -> Path:
        """Of the administrator, or of `scheduler`, `tangram`, `tangram-scheduler`, `agent`."""
        return self.directory / (f"kubeconfig-{who}" if who else "kubeconfig")

    def start_scheduler(
        self, config: Path, who: str = "scheduler", flags: Sequence[str] = ()
    ) -> None:
        """Starts the one kube-scheduler of the tests with the identity `who`."""
        kubeconfig = str(self.kubeconfig(who))
        options = ["--scheduler-config", str(config), "--kubeconfig", kubeconfig]
        for flag in flags:
            options += ["--scheduler-flag", flag]
        _script("start-scheduler", "--dir", str(self.directory), *options, seconds=90)

    def stop_scheduler(self) -> None:
        _script("stop", "scheduler", "--kill", "--dir", str(self.directory), seconds=60)

    def kubectl(self, *arguments: str) -> subprocess.CompletedProcess:
        """Runs kubectl as administrator; the caller judges the exit code."""
        binary = Path(self.env["CONTROL_PLANE_BIN"]) / "kubectl"
        command = [str(binary), "--kubeconfig", str(self.kubeconfig()), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def _script(*arguments: str, seconds: int) -> None:
    command = [str(CONTROL_PLANE_SCRIPT), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode != 0:
        shown = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}".strip()
        raise RuntimeError(f"{shlex.join(command)} failed with {done.returncode}:\n{shown}")
