"""The API server's audit log: who wrote what, and how it was answered."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

TANGRAM = "system:serviceaccount:kube-system:tangram"
SCHEDULER = "system:kube-scheduler"
AGENT = "node-agent"


@dataclass(frozen=True)
class Call:
    """One finished API call."""

    user: str
    verb: str
    resource: str  # "pods", "pods/binding", "nodes" ...
    name: str
    code: int

    def __str__(self) -> str:
        return f"{self.user} {self.verb} {self.resource} {self.name} -> {self.code}"


class AuditLog:
    """Reads the log from where it stood when this was made. Every write is in it, and all calls
    of Tangram's account; other reads are not."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = path.stat().st_size if path.exists() else 0

    def from_the_start(self) -> AuditLog:
        """The same log from the beginning of the session."""
        whole = AuditLog(self._path)
        whole._offset = 0
        return whole

    def calls(self, **wanted: object) -> list[Call]:
        """The calls since then whose fields are as `wanted`."""
        # The server writes a line just after it has answered.
        time.sleep(0.3)
        with self._path.open("rb") as log:
            log.seek(self._offset)
            lines = log.read().split(b"\n")[:-1]
        calls = [_call(json.loads(line)) for line in lines]
        return [one for one in calls if all(getattr(one, k) == v for k, v in wanted.items())]


def _call(event: dict) -> Call:
    reference = event.get("objectRef") or {}
    resource = reference.get("resource", "")
    if reference.get("subresource"):
        resource += "/" + reference["subresource"]
    return Call(
        event["user"]["username"],
        event["verb"],
        resource,
        reference.get("name", ""),
        (event.get("responseStatus") or {}).get("code", 0),
    )
