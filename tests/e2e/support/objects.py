"""Builders of nodes and pods, as HAMi's agent and its users write them."""

from __future__ import annotations

import json

GPU = "nvidia.com/gpu"
MEMORY = "nvidia.com/gpumem"
MEMORY_PERCENT = "nvidia.com/gpumem-percentage"
CORES = "nvidia.com/gpucores"

REGISTER = "hami.io/node-nvidia-register"
NODE_LOCK = "hami.io/mutex.lock"
CORDON = "hami.io/device-cordon"
VGPU_NODE = "hami.io/vgpu-node"
VGPU_TIME = "hami.io/vgpu-time"
BIND_PHASE = "hami.io/bind-phase"
BIND_TIME = "hami.io/bind-time"
TO_ALLOCATE = "hami.io/vgpu-devices-to-allocate"
ALLOCATED = "hami.io/vgpu-devices-allocated"

A100_80GB = "NVIDIA A100-SXM4-80GB"
A100_80GB_MIB = 81920


def card_uuid(node: str, index: int) -> str:
    return f"GPU-{node}-{index}"


def card(uuid: str, index: int = 0, **changes: object) -> dict:
    """One card of the register annotation; Go leaves zero values out, and so do we."""
    record = {
        "id": uuid,
        "index": index,
        "count": 10,
        "devmem": A100_80GB_MIB,
        "devcore": 100,
        "type": A100_80GB,
        "numa": 0,
        "mode": "hami-core",
        "health": True,
    } | changes
    return {key: value for key, value in record.items() if value not in (0, False, "")}


def node(
    name: str,
    gpus: int = 8,
    labels: dict[str, str] | None = None,
    cards: list[dict] | None = None,
    annotations: dict[str, str] | None = None,
) -> dict:
    """A ready node whose agent registered `gpus` equal cards (half of them on NUMA node 1), or
    exactly `cards`. `gpus=0` makes a node without any card and without an agent."""
    if cards is None:
        cards = [card(card_uuid(name, i), i, numa=i * 2 // max(gpus, 1)) for i in range(gpus)]
    capacity = {"cpu": "256", "memory": "2Ti", "pods": "1000", "ephemeral-storage": "4Ti"}
    notes = dict(annotations or {})
    if cards:
        capacity[GPU] = str(sum(int(record.get("count", 0)) for record in cards))
        notes[REGISTER] = json.dumps(cards, separators=(",", ":"))
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {"kubernetes.io/hostname": name, **(labels or {})},
            "annotations": notes,
        },
        "status": {
            "capacity": capacity,
            "allocatable": capacity,
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "reason": "KubeletReady",
                    "message": "kubelet is posting ready status",
                    "lastHeartbeatTime": "2026-01-01T00:00:00Z",
                    "lastTransitionTime": "2026-01-01T00:00:00Z",
                }
            ],
        },
    }


def nodes(prefix: str, count: int, gpus: int = 8) -> list[dict]:
    return [node(f"{prefix}-{i:02d}", gpus) for i in range(count)]


def container(
    name: str = "main",
    gpu: int | None = 1,
    mem: int | str | None = None,
    cores: int | None = None,
    percent: int | None = None,
    sidecar: bool = False,
) -> dict:
    """A container; `gpu=None` makes one that asks for no card. `mem` is MiB of each card."""
    wants = {GPU: gpu, MEMORY: mem, CORES: cores, MEMORY_PERCENT: percent}
    limits = {name: str(value) for name, value in wants.items() if value is not None}
    body: dict = {"name": name, "image": "pause:3.10"}
    if limits:
        body["resources"] = {"limits": limits}
    if sidecar:
        body["restartPolicy"] = "Always"
    return body


def pod(
    name: str,
    containers: list[dict] | None = None,
    init: list[dict] | None = None,
    annotations: dict[str, str] | None = None,
    scheduler: str | None = None,
    **container_wants: object,
) -> dict:
    """A pod; without `containers` it has one, made of `container_wants`."""
    spec: dict = {
        "containers": containers if containers is not None else [container(**container_wants)],
        "terminationGracePeriodSeconds": 0,
    }
    if init:
        spec["initContainers"] = init
    if scheduler:
        spec["schedulerName"] = scheduler
    metadata: dict = {"name": name, "namespace": "default"}
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def preferring(body: dict, label: str, value: str, weight: int = 100) -> dict:
    """Adds a preferred node affinity."""
    body["spec"]["affinity"] = {
        "nodeAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {
                    "weight": weight,
                    "preference": {
                        "matchExpressions": [{"key": label, "operator": "In", "values": [value]}]
                    },
                }
            ]
        }
    }
    return body


def on_node(body: dict, name: str) -> dict:
    """Requires the node by its hostname label."""
    body["spec"]["nodeSelector"] = {"kubernetes.io/hostname": name}
    return body
