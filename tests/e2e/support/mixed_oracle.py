"""One verdict on a cluster with nodes of every kind, from the API objects alone.

Each kind of node has a judge of its own: HAMi's slices `oracle`, instances made on demand
`mig_oracle`, HAMi's AMD plugin `amd`, and what only counts, the kubelet's own sum. Nothing of
Tangram is imported.
"""

from __future__ import annotations

import json

from support import amd, mig_oracle, nvidia_nodes, objects, oracle
from support.cluster import annotations

SLICES, MIG, AMD, COUNTED = "slices", "mig", "amd", "counted"


def kind_of(node: dict) -> str:
    notes = annotations(node)
    if amd.REGISTER in notes:
        return AMD
    if objects.REGISTER not in notes:
        return COUNTED
    modes = {one.get("mode") for one in json.loads(notes[objects.REGISTER])}
    assert len(modes) == 1, f"{node['metadata']['name']} has cards in several modes"
    return MIG if modes == {"mig"} else SLICES


def violations(nodes: list[dict], pods: list[dict]) -> list[str]:
    """Everything that is wrong with the bound pods: a card, an instance, a number of replicas
    given out beyond what there is; a container with anything but what it asked for."""
    of = {kind: [one for one in nodes if kind_of(one) == kind] for kind in (SLICES, MIG, AMD)}
    wrong = oracle.violations(of[SLICES], pods)
    wrong += [text for one in of[MIG] for text in mig_oracle.violations(one, pods)]
    wrong += [text for one in of[AMD] for text in amd.violations(one, pods)]
    wrong += nvidia_nodes.overbooked(nodes, pods)
    kinds = {one["metadata"]["name"]: kind_of(one) for one in nodes}
    for pod in pods:
        place = oracle.live_on(pod)
        if kinds.get(place or "") == COUNTED and objects.ALLOCATED in annotations(pod):
            wrong.append(f"{pod['metadata']['name']} has an allocation, on {place} without agent")
        if place in kinds and kinds[place] not in _served_by(pod):
            wrong.append(f"{pod['metadata']['name']} is on {place}, which cannot serve it")
    return wrong


def wrongly_waiting(nodes: list[dict], pods: list[dict]) -> list[str]:
    """Pods that wait although each of them, alone, would fit on a node as it is now."""
    found = []
    for pod in pods:
        if not pod["spec"].get("nodeName"):
            place = place_for(pod, nodes, pods)
            if place is not None:
                found.append(f"{pod['metadata']['name']} -> {place}")
    return found


def place_for(pod: dict, nodes: list[dict], pods: list[dict]) -> str | None:
    kinds = _served_by(pod)
    selector = pod["spec"].get("nodeSelector") or {}
    for node in nodes:
        kind = kind_of(node)
        labels = node["metadata"].get("labels") or {}
        if kind not in kinds or any(labels.get(key) != text for key, text in selector.items()):
            continue
        if kind == SLICES:
            fits = oracle.can_place_alone(pod, [node], pods) is not None
        elif kind == MIG:
            fits = mig_oracle.fits(pod, node, pods)
        elif kind == AMD:
            fits = amd.fits(pod, node, pods)
        else:
            fits = _counted(pod, node, pods)
        if fits:
            return node["metadata"]["name"]
    return None


def _served_by(pod: dict) -> set[str]:
    """Kinds of nodes that understand what the pod asks for."""
    asked = {
        name
        for one in pod["spec"]["containers"]
        for name in one.get("resources", {}).get("limits", {})
    }
    if amd.GPU in asked:
        return {AMD}
    if not asked <= {objects.GPU, objects.MEMORY, objects.MEMORY_PERCENT, objects.CORES}:
        return {COUNTED}
    if any(mig_oracle.names_of(pod)):
        return {MIG}
    modes = annotations(pod).get(mig_oracle.MODE)
    if modes is not None:
        return {kind for kind, mode in ((MIG, "mig"), (SLICES, "hami-core")) if mode in modes}
    return {SLICES, MIG} if asked != {objects.GPU} else {SLICES, MIG, COUNTED}


def _counted(pod: dict, node: dict, pods: list[dict]) -> bool:
    state = (node["metadata"].get("labels") or {}).get("nvidia.com/mig.config.state", "success")
    if state != "success":
        return False
    name = node["metadata"]["name"]
    if not all(key in node["status"]["allocatable"] for key in nvidia_nodes.asked(pod)):
        return False
    return not nvidia_nodes.overbooked(
        [node], [*pods, pod | {"spec": pod["spec"] | {"nodeName": name}}]
    )
