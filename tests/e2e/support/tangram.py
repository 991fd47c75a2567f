"""The process under test: `tangram serve` against the API server, with its own service account."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from support.extender import Extender
from support.paths import tangram_binary
from support.ports import free_port
from support.wait import eventually

_SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^}]*\})? (\S+)")


class Tangram:
    """One `tangram serve`, always on the same port however often it is started."""

    def __init__(self, kubeconfig: Path, log: Path, flags: tuple[str, ...] = ()) -> None:
        self.port = free_port()
        self.log = log
        self._command = [str(tangram_binary()), "serve", "--kubeconfig", str(kubeconfig)]
        self._command += ["--listen", f"127.0.0.1:{self.port}", *flags]
        self._process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, wait_ready: bool = True) -> None:
        with self.log.open("ab") as log:
            log.write(f"--- {' '.join(self._command)}\n".encode())
            log.flush()
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment()
            )
        if wait_ready:
            self.wait_ready()

    def wait_ready(self, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while self.status("/readyz") != 200:
            code = self._process.poll()
            assert code is None, f"tangram ended with {code}:\n{self.tail()}"
            assert time.monotonic() < deadline, f"tangram not ready in {seconds} s:\n{self.tail()}"
            time.sleep(0.02)

    def status(self, path: str) -> int:
        """Status of a GET; 0 when nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when it does not obey; a crash that happened before fails here."""
        if self._process is None:
            return
        code = self._process.poll()
        assert code is None, f"tangram had ended by itself with {code}:\n{self.tail()}"
        assert self._end(signal.SIGTERM) == 0, f"SIGTERM was not a clean end:\n{self.tail()}"

    def _end(self, how: signal.Signals) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        process.send_signal(how)
        try:
            return process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return None

    def tail(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def extender(self) -> Extender:
        return Extender(self.port)

    def top(self) -> dict:
        """What is on which card, as Tangram sees it."""
        with self.extender() as server:
            status, text = server.send("GET", "/top")
        assert status == 200, f"/top answered {status}: {text}"
        return json.loads(text)

    def wait_knows(self, *nodes: str) -> None:
        """Waits until the nodes are in Tangram's view. For tests that count what is written: a pod
        that is filtered before its node is known is refused once, and woken."""
        eventually(
            lambda: set(nodes) <= {one["name"] for one in self.top()["nodes"]},
            f"Tangram knows {nodes}",
            5,
        )

    def metrics(self) -> dict[str, float]:
        """Samples by name, summed over labels."""
        with self.extender() as server:
            status, text = server.send("GET", "/metrics")
        assert status == 200, f"/metrics answered {status}"
        samples: dict[str, float] = {}
        for line in text.splitlines():
            if match := _SAMPLE.match(line):
                samples[match[1]] = samples.get(match[1], 0.0) + float(match[3])
        return samples

    def run(self, *arguments: str, seconds: float = 60) -> subprocess.CompletedProcess:
        """Another command of the same binary; the caller judges the exit code."""
        command = [self._command[0], *arguments]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            env=_environment(),
        )


def _environment() -> dict[str, str]:
    """Ours without the variables that would be options of Tangram."""
    return {key: value for key, value in os.environ.items() if not key.startswith("TANGRAM_")}
