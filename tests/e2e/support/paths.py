"""Where things are in the tree."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
MANIFESTS = DEPLOY / "manifests"
DEFAULT_SCHEDULER_CONFIG = DEPLOY / "kube-scheduler" / "default-scheduler.yaml"
SECOND_SCHEDULER_CONFIG = DEPLOY / "kube-scheduler" / "second-scheduler.yaml"
CONTROL_PLANE_SCRIPT = ROOT / "scripts" / "control-plane.sh"


def tangram_binary() -> Path:
    """The binary under test: $TANGRAM_BINARY, else the release build."""
    built = ROOT / "build" / "release" / "tangram"
    return Path(os.environ.get("TANGRAM_BINARY") or built).resolve()
