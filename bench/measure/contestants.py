"""Who places the pods: kube-scheduler alone, with the trivial extender, or with Tangram."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import yaml
from support import paths
from support.ports import free_port

from measure.cluster import wait_until

AGENT_MAIN = Path(__file__).with_name("agent_main.py")
_SAMPLE = re.compile(r"^(tangram_[a-z_]+)(?:\{([^}]*)\})? (\S+)$", re.MULTILINE)
_CARD = re.compile(r"^tangram_device_")


@dataclass(frozen=True)
class Contestant:
    """One way to run a burst."""

    name: str
    extender: str = ""  # "", "trivial" or "tangram"
    flags: tuple[str, ...] = ()  # of tangram serve
    agent: bool = False  # node agents that give locks back
    waiting: int = 0  # pods that never fit, waiting beside
    scheduler_flags: tuple[str, ...] = ()  # of kube-scheduler

    @property
    def gpu(self) -> bool:
        """Whether its pods ask for a slice of a card."""
        return self.extender != ""


class Server:
    """An extender process."""

    def __init__(self, command: list[str], port: int, log: Path) -> None:
        self.port = port
        self._log = log
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TANGRAM_")}
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment
            )
        self.pid = self._process.pid

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return answer.read().decode()

    def ready(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"the extender ended; its log is {self._log}")
        try:
            self.get("/readyz")
            return True
        except OSError:
            return False

    def wait_ready(self, seconds: float = 60) -> None:
        wait_until(self.ready, f"the extender of {self._log} is ready", seconds, every=0.01)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def start_extender(
    contestant: Contestant, binaries: dict[str, Path], kubeconfig: Path, directory: Path
) -> Server | None:
    """Starts it and waits until it is ready; None for a contestant without one."""
    if not contestant.extender:
        return None
    port = free_port()
    if contestant.extender == "trivial":
        command = ["--kubeconfig", str(kubeconfig), "--listen", str(port)]
    else:
        command = ["serve", "--kubeconfig", str(kubeconfig), "--listen", f"127.0.0.1:{port}"]
        command += ["--log-level", "warn", *contestant.flags]
    binary = str(binaries[contestant.extender])
    server = Server([binary, *command], port, directory / f"{contestant.extender}.log")
    try:
        server.wait_ready()
    except BaseException:
        server.stop()
        raise
    return server


def counters(contestant: Contestant, server: Server | None) -> dict[str, float]:
    """What the extender counted so far: filter, conflicts, failed, bind_errors."""
    if contestant.extender == "trivial":
        return json.loads(server.get("/stats"))
    if contestant.extender != "tangram":
        return {}
    samples: dict[str, float] = {}
    for name, labels, value in _SAMPLE.findall(server.get("/metrics")):
        if not _CARD.match(name):
            samples[f"{name} {labels}".strip()] = float(value)
    return {
        "filter": samples["tangram_filters_total"],
        "conflicts": samples["tangram_bind_conflicts_total"],
        "failed": samples['tangram_binds_total outcome="failed"'],
        "bind_errors": sum(
            value
            for name, value in samples.items()
            if name.startswith("tangram_verb_answers_total")
            and 'verb="bind"' in name
            and 'outcome="ok"' not in name
        ),
        "wake_ups": samples["tangram_wake_ups_total"],
    }


def write_scheduler_config(target: Path, kubeconfig: Path, url: str | None) -> Path:
    """The shipped configuration, with client limits that do not limit; without extender when no
    `url` is given."""
    config = yaml.safe_load(paths.DEFAULT_SCHEDULER_CONFIG.read_text())
    config["clientConnection"] = {"kubeconfig": str(kubeconfig), "qps": 5000, "burst": 10000}
    config["leaderElection"]["leaderElect"] = False
    if url is None:
        del config["extenders"]
    else:
        config["extenders"][0]["urlPrefix"] = url
    target.write_text(yaml.safe_dump(config, sort_keys=False))
    return target


class AgentProcess:
    """The node agents of all nodes, in a process of their own."""

    def __init__(self, kubeconfig: Path, log: Path) -> None:
        command = [sys.executable, str(AGENT_MAIN), "--kubeconfig", str(kubeconfig)]
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out, text=True
            )
        self.pid = self._process.pid
        if self._process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"the node agents did not start; their log is {log}")

    def stop(self) -> dict:
        """{"admitted": number of pods, "violations": [texts]}."""
        text, _ = self._process.communicate(timeout=60)
        return json.loads(text)
