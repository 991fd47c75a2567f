"""The end-to-end tests' node agent as a process: it answers every Allocate at once.

Says "ready", works until its standard input ends, then prints what it did as JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "e2e")]

from kubernetes.client import ApiException  # noqa: E402
from measure.raw_api import ApiError, RawApi  # noqa: E402
from support.agent import Agent  # noqa: E402


class AgentCluster:
    """What the agent needs of tests/e2e's Cluster, over bare sockets."""

    def __init__(self, api: RawApi) -> None:
        self._api = api

    def get(self, path: str, **query: object) -> dict:
        return self._answer(lambda: self._api.get(path, **query))

    def patch(self, path: str, body: dict) -> dict:
        return self._answer(lambda: self._api.patch(path, body))

    def watch(self, path: str, resource_version: str, seconds: int) -> Iterator[dict]:
        for line in self._api.watch_lines(path, resource_version, seconds):
            # The only events the agent acts on; it passes over all others after decoding them.
            if b"allocating" in line or b'"type":"ERROR"' in line[:20]:
                yield json.loads(line)

    def node(self, name: str) -> dict:
        return self.get(f"/api/v1/nodes/{quote(name)}")

    def pod_path(self, name: str, namespace: str = "default") -> str:
        return f"/api/v1/namespaces/{namespace}/pods/{quote(name)}"

    def pod(self, name: str, namespace: str = "default") -> dict:
        return self.get(self.pod_path(name, namespace))

    def patch_pod_status(self, name: str, status: dict, namespace: str = "default") -> dict:
        return self.patch(self.pod_path(name, namespace) + "/status", {"status": status})

    @staticmethod
    def _answer(call):
        try:
            return call()
        except ApiError as error:
            raise ApiException(status=error.status, reason=error.body.decode()) from error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    arguments = parser.parse_args()
    with Agent(AgentCluster(RawApi(arguments.kubeconfig))) as agent:
        print("ready", flush=True)
        sys.stdin.read()
    print(json.dumps({"admitted": len(agent.admitted), "violations": agent.violations}))


if __name__ == "__main__":
    main()
