"""A kube-scheduler with Tangram as its extender: one of them at a time on the session's cluster."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from support import paths
from support.audit import AuditLog
from support.cluster import Cluster
from support.control_plane import ControlPlane
from support.scheduler_config import derive
from support.tangram import Tangram


@dataclass(frozen=True)
class Layout:
    """What distinguishes one stack from another; equal layouts share a running one."""

    shipped: Path = paths.DEFAULT_SCHEDULER_CONFIG
    weight: int | None = None
    flags: tuple[str, ...] = ()
    scheduler: str = "scheduler"  # whose kubeconfig kube-scheduler uses
    leader_election: bool = False
    with_scheduler: bool = True


class Stack:
    """Everything that decides about pods. Made by the `stack` fixture."""

    def __init__(
        self,
        control_plane: ControlPlane,
        cluster: Cluster,
        layout: Layout,
        kubeconfig: Path | None = None,
    ) -> None:
        self.control_plane = control_plane
        self.cluster = cluster
        self.layout = layout
        directory = control_plane.directory
        serial = time.strftime("%H%M%S")
        self.tangram = Tangram(
            kubeconfig or control_plane.kubeconfig("tangram"),
            directory / f"tangram-{serial}-{id(self) & 0xFFFF:04x}.log",
            layout.flags,
        )

    def start(self) -> None:
        self.tangram.start()
        if not self.layout.with_scheduler:
            return
        config = derive(
            self.layout.shipped,
            self.control_plane.directory / "scheduler-config.yaml",
            self.tangram.url,
            self.control_plane.kubeconfig(self.layout.scheduler),
            self.layout.weight,
            self.layout.leader_election,
        )
        self.control_plane.start_scheduler(config, self.layout.scheduler)

    def stop(self) -> None:
        self.control_plane.stop_scheduler()
        self.tangram.stop()

    def audit(self) -> AuditLog:
        """The audit log from now on."""
        return AuditLog(self.control_plane.directory / "audit.log")
