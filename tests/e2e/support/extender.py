"""Drives an extender over HTTP as kube-scheduler does, one keep-alive connection."""

from __future__ import annotations

import http.client
import json


class Extender:
    """The four verbs' client. Not for several threads at once."""

    def __init__(self, port: int, seconds: float = 40) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Extender:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
        """Status and text of the answer to exactly these bytes."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            self._connection.request(method, path, body=body, headers=headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read().decode()
        except (http.client.HTTPException, OSError):
            self._connection.close()  # the next request opens a new one
            raise

    def call(self, verb: str, arguments: dict) -> object:
        """The decoded answer; any status but 200 fails the test, as it fails kube-scheduler."""
        status, text = self.send("POST", f"/{verb}", json.dumps(arguments).encode())
        assert status == 200, f"{verb} answered {status}: {text}"
        return json.loads(text)

    def filter(self, pod: dict, nodes: list[str]) -> dict:
        return self.call("filter", {"Pod": pod, "Nodes": None, "NodeNames": nodes})

    def prioritize(self, pod: dict, nodes: list[str]) -> dict[str, int]:
        answer = self.call("prioritize", {"Pod": pod, "Nodes": None, "NodeNames": nodes})
        return {one["Host"]: one["Score"] for one in answer}

    def bind(self, pod: dict, node: str, uid: str | None = None) -> str:
        """The Error of the answer; empty when the pod is bound."""
        metadata = pod["metadata"]
        arguments = {
            "PodName": metadata["name"],
            "PodNamespace": metadata.get("namespace", "default"),
            "PodUID": metadata["uid"] if uid is None else uid,
            "Node": node,
        }
        return self.call("bind", arguments).get("Error") or ""
