"""HAMi's AMD plugin: the nodes it describes, the pods it serves, and a judge of its cards.

The judge decodes annotations by HAMi's description of them and imports nothing of Tangram.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass

from kubernetes.client import ApiException

from support import objects, oracle
from support.cluster import Cluster, annotations

PRODUCT = "AMD Instinct MI300X"
UNITS = 304
MEMORY = 196592
REGISTER = "hami.io/node-amd-register"
ALLOCATED = "hami.io/amd-devices-allocated"
TO_ALLOCATE = "hami.io/amd-devices-to-allocate"
GPU, GPUMEM, GPUCORES = "amd.com/gpu", "amd.com/gpumem", "amd.com/gpucores"


def amd_uuid(name: str, index: int) -> str:
    return f"{index}cff74a1-0000-1000-8027-{name}"


def amd_node(name: str, cards: int, nvidia: int = 0) -> dict:
    """A node as HAMi's AMD plugin describes it, beside `nvidia` cards of NVIDIA's."""
    body = objects.node(name, nvidia)
    records = [
        {
            "id": amd_uuid(name, i),
            "index": i,
            "count": 10,
            "devmem": MEMORY,
            "devcore": UNITS,
            "type": PRODUCT,
            "health": True,
            "custominfo": {"pciBDF": f"0000:{i:02x}:00.0"},
        }
        for i in range(cards)
    ]
    body["metadata"]["annotations"][REGISTER] = json.dumps(records)
    for amounts in (body["status"]["capacity"], body["status"]["allocatable"]):
        amounts[GPU] = str(10 * cards)
    return body


def container(name: str, gpu: int = 1, mem: int | None = None, percent: int | None = None) -> dict:
    """A container that asks for `gpu` cards, MiB and percent of the units of each."""
    wants = {GPU: gpu, GPUMEM: mem, GPUCORES: percent}
    limits = {key: str(value) for key, value in wants.items() if value is not None}
    return {"name": name, "image": "pause:3.10", "resources": {"limits": limits}}


def decode(text: str) -> list[list[tuple[str, str, int, int]]]:
    """HAMi's assignment text, written anew from its description."""
    assert text.endswith(";")
    slots = []
    for slot in text[:-1].split(";"):
        assert slot == "" or slot.endswith(":")
        devices = [device.split(",") for device in slot.split(":") if device]
        slots.append([(uuid, kind, int(mib), int(cores)) for uuid, kind, mib, cores in devices])
    return slots


# --- the plugin ----------------------------------------------------------------------------------


def serve(cluster: Cluster, bound: dict) -> None:
    """What the AMD plugin does with a pod: empties its annotation and gives the node lock back."""
    name, place = bound["metadata"]["name"], bound["spec"]["nodeName"]
    lock = annotations(cluster.node(place)).get(objects.NODE_LOCK, "")
    assert lock.endswith(f",default,{name}"), lock
    notes = {TO_ALLOCATE: ";", objects.BIND_PHASE: "success"}
    cluster.patch(cluster.pod_path(name), {"metadata": {"annotations": notes}})
    cluster.annotate_node(place, {objects.NODE_LOCK: None})


class AmdAgent:
    """Serves the pods of one node that has AMD's cards alone, one after the other."""

    def __init__(self, cluster: Cluster, node: str) -> None:
        self._cluster = cluster
        self._node = node
        self.violations: list[str] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve_all, name="amd-agent", daemon=True)

    def __enter__(self) -> AmdAgent:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _serve_all(self) -> None:
        while not self._stopping.wait(0.1):
            lock = annotations(self._cluster.node(self._node)).get(objects.NODE_LOCK)
            if lock is None:
                continue
            try:
                pod = self._cluster.pod(lock.rsplit(",", 1)[1])
                # The lock is taken before the pod is bound.
                if pod["spec"].get("nodeName") == self._node:
                    serve(self._cluster, pod)
            except ApiException as error:
                if error.status != 404:  # 404: deleted meanwhile; Tangram takes the lock over
                    self.violations.append(str(error))
            except (AssertionError, IndexError) as error:
                self.violations.append(f"{lock}: {error}")


# --- the judge -----------------------------------------------------------------------------------


@dataclass
class Card:
    memory: int
    units: int
    slots: int
    used_memory: int = 0
    used_units: int = 0
    used_slots: int = 0

    def take(self, memory: int, units: int) -> None:
        self.used_memory += memory
        self.used_units += units
        self.used_slots += 1

    def wanted(self, limits: dict) -> tuple[int, int]:
        """What a container's limits mean on this card: MiB and units."""
        percent = oracle.whole(limits.get(GPUCORES), 100)
        units = min(max(self.units * percent // 100, 1), self.units)
        return oracle.whole(limits.get(GPUMEM), 0) or self.memory, units

    def fits(self, memory: int, units: int) -> bool:
        return (
            self.used_slots < self.slots
            and self.used_memory + memory <= self.memory
            and self.used_units + units <= self.units
        )

    def overbooked(self) -> bool:
        return (
            self.used_memory > self.memory
            or self.used_units > self.units
            or self.used_slots > self.slots
        )


def _limits(pod: dict) -> list[dict]:
    return [one.get("resources", {}).get("limits", {}) for one in pod["spec"]["containers"]]


def _books(node: dict, pods: list[dict]) -> tuple[dict[str, Card], list[str]]:
    """The node's cards with what its pods hold, and what is wrong with what they hold."""
    cards = {
        one["id"]: Card(one["devmem"], one["devcore"], one["count"])
        for one in json.loads(annotations(node)[REGISTER])
    }
    wrong = []
    for pod in pods:
        text = annotations(pod).get(ALLOCATED)
        if oracle.live_on(pod) != node["metadata"]["name"] or text is None:
            continue
        name, slots = pod["metadata"]["name"], decode(text)
        if len(slots) != len(_limits(pod)):
            wrong.append(f"{name}: {len(slots)} slots in {text!r}")
        for limits, slot in zip(_limits(pod), slots):
            uuids = {one[0] for one in slot}
            if not len(slot) == len(uuids) == oracle.whole(limits.get(GPU), 0):
                wrong.append(f"{name}: {slot} for {limits}")
            for uuid, _, memory, units in slot:
                if uuid not in cards:
                    wrong.append(f"{name}: {uuid} is no card of its node")
                    continue
                if (memory, units) != cards[uuid].wanted(limits):
                    wrong.append(f"{name}: {memory} MiB and {units} units for {limits}")
                cards[uuid].take(memory, units)
    return cards, wrong


def violations(node: dict, pods: list[dict]) -> list[str]:
    cards, wrong = _books(node, pods)
    return wrong + [f"{uuid}: {card}" for uuid, card in cards.items() if card.overbooked()]


def fits(pod: dict, node: dict, pods: list[dict]) -> bool:
    """Whether a pod of one container, which asks for AMD's cards, fits beside the others."""
    (limits,) = _limits(pod)
    cards, _ = _books(node, pods)
    fitting = [one for one in cards.values() if one.fits(*one.wanted(limits))]
    return len(fitting) >= oracle.whole(limits.get(GPU), 0)
