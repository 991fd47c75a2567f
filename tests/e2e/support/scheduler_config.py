"""Test configurations of kube-scheduler, made from the files that are shipped in deploy/."""

from __future__ import annotations

from pathlib import Path

import yaml


def derive(
    shipped: Path,
    target: Path,
    url: str,
    kubeconfig: Path,
    weight: int | None = None,
    leader_election: bool | None = None,
) -> Path:
    """Writes the shipped file with only that changed which a loopback cluster must change: where
    Tangram listens and where the API server is; and what the test is about."""
    config = yaml.safe_load(shipped.read_text())
    config["clientConnection"]["kubeconfig"] = str(kubeconfig)
    (extender,) = config["extenders"]
    extender["urlPrefix"] = url
    if weight is not None:
        extender["weight"] = weight
    if leader_election is not None:
        config["leaderElection"]["leaderElect"] = leader_election
    target.write_text(yaml.safe_dump(config, sort_keys=False))
    return target
