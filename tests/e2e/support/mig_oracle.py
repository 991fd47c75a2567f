"""An independent judge of nodes whose cards HAMi cuts on demand (mode `mig`).

It reads register, `vgpu-devices-allocated` and `vgpu-mig-allocations` by HAMi's published rules: a
container gets, of each card, the first profile by memory and then by slices that is as large and
has a free placement; or, by Tangram's annotation, the profile that it names. Nothing of Tangram is
imported, and nothing here is fast.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from support import mig, objects, oracle
from support.cluster import annotations

PROFILE = "tangram.dev/mig-profile"
MODE = "nvidia.com/vgpu-mode"


@dataclass
class Card:
    uuid: str
    memory: int
    cores: int
    slots: int
    profiles: list[dict]
    taken: set[int] = field(default_factory=set)  # memory slices
    used: oracle.Use = field(default_factory=oracle.Use)

    def free(self, profile: dict) -> list[set[int]]:
        places = [
            set(range(one["start"], one["start"] + one["size"])) for one in profile["placements"]
        ]
        return [place for place in places if not place & self.taken]

    def serving(self, want: oracle.Want, name: str | None) -> dict | None:
        """The profile that the card would give, if it can."""
        used = self.used
        if used.slots >= self.slots:
            return None
        by_size = sorted(self.profiles, key=lambda one: (one["memoryMB"], one["sliceCount"]))
        if name is not None:
            fitting = [one for one in by_size if one["name"] == name]
        else:
            memory = want.memory_of(self)
            if self.memory - used.memory < memory or self.cores - used.cores < want.cores:
                return None
            if self.cores == want.cores == 100 and used.slots > 0:
                return None
            if used.cores == self.cores and want.cores == 0:
                return None
            fitting = [one for one in by_size if one["memoryMB"] >= memory]
        return next((one for one in fitting if self.free(one)), None)

    def book(self, profile: dict, place: set[int], sign: int) -> None:
        self.taken = self.taken | place if sign > 0 else self.taken - place
        self.used.memory += sign * profile["memoryMB"]
        self.used.cores += sign * profile["core"]
        self.used.slots += sign


def names_of(pod: dict) -> list[str | None]:
    """The profile that each container asks for by name."""
    containers = pod["spec"]["containers"]
    text = annotations(pod).get(PROFILE, "")
    if "=" not in text:
        return [text or None] * len(containers)
    by_container = dict(entry.split("=") for entry in text.split(","))
    return [by_container.get(one["name"]) for one in containers]


def _books(node: dict, pods: list[dict]) -> tuple[dict[str, Card], list[str]]:
    """The node's cards with what its pods hold, and what is wrong with what they hold."""
    cards = {
        one["id"]: Card(one["id"], one["devmem"], one["devcore"], one["count"], one["migProfiles"])
        for one in json.loads(annotations(node)[objects.REGISTER])
    }
    wrong = []
    for pod in pods:
        if oracle.live_on(pod) != node["metadata"]["name"]:
            continue
        text = annotations(pod).get(objects.ALLOCATED)
        if text is None:
            continue
        found = [*mig.what_allocate_refuses(pod), *_misplaced(pod, cards)]
        wrong += [f"{pod['metadata']['name']}: {one}" for one in found]
        for one in mig.decode_reservations(pod):
            card = cards.get(one["gpuUUID"])
            profile = _profile(card, one["profile"])
            if profile is None:
                continue  # _misplaced says so
            place = one["placement"]
            parts = set(range(place["start"], place["start"] + place["size"]))
            if parts & card.taken:
                wrong.append(f"{pod['metadata']['name']}: {one} overlaps another instance")
            if place not in profile["placements"]:
                wrong.append(f"{pod['metadata']['name']}: {one} is no placement of the card")
            card.book(profile, parts, +1)
    return cards, wrong


def _profile(card: Card | None, name: str) -> dict | None:
    found = [one for one in card.profiles if one["name"] == name] if card else []
    return found[0] if found else None


def _misplaced(pod: dict, cards: dict[str, Card]) -> list[str]:
    """Whether every container has as many instances as it asks for, each large enough."""
    slots = oracle.decode_allocation(annotations(pod)[objects.ALLOCATED])
    wants = oracle.wants_of(pod)
    if len(slots) != len(wants):
        return [f"{len(slots)} slots for {len(wants)} containers"]
    wrong = []
    reserved = {
        (one["containerIndex"], one["deviceIndex"]): one for one in mig.decode_reservations(pod)
    }
    for index, (want, name, slot) in enumerate(zip(wants, names_of(pod), slots)):
        if len(slot) != want.count:
            wrong.append(f"slot {index} has {len(slot)} instances, wanted {want.count}")
        for position, share in enumerate(slot):
            one = reserved.pop((index, position), None)
            card = cards.get(share.uuid)
            profile = _profile(card, one["profile"]) if one else None
            if profile is None:
                wrong.append(f"slot {index}: {share} has no instance of its card: {one}")
            elif (share.memory, share.cores) != (profile["memoryMB"], profile["core"]):
                wrong.append(f"slot {index} books {share} for {one['profile']}")
            elif name is not None and one["profile"] != name:
                wrong.append(f"slot {index} got {one['profile']}, wanted {name}")
            elif name is None and share.memory < want.memory_of(card):
                wrong.append(f"slot {index} got {share}, wanted {want}")
    return wrong + [f"nobody asked for {one}" for one in reserved.values()]


def violations(node: dict, pods: list[dict]) -> list[str]:
    cards, wrong = _books(node, pods)
    for card in cards.values():
        if card.used.slots > card.slots or card.used.memory > card.memory:
            wrong.append(f"{card.uuid}: {card.used} of {card}")
    return wrong


def fits(pod: dict, node: dict, pods: list[dict]) -> bool:
    """Whether the pod, alone, fits beside the others; nothing is moved."""
    modes = annotations(pod).get(MODE)
    if modes is not None and "mig" not in modes:
        return False
    bound = [one for one in pods if oracle.live_on(one) == node["metadata"]["name"]]
    counted = sum(oracle.kubelet_gpus(one) for one in [*bound, pod])
    if counted > int(node["status"]["allocatable"][objects.GPU]):
        return False
    asks = [
        (want, name)
        for want, name in zip(oracle.wants_of(pod), names_of(pod))
        for _ in range(want.count)
    ]
    cards, _ = _books(node, pods)
    return _place(list(cards.values()), asks)


def _place(cards: list[Card], asks: list[tuple[oracle.Want, str | None]]) -> bool:
    """Exact backtracking, instance by instance."""
    if not asks:
        return True
    for card, profile, place in _choices(cards, *asks[0]):
        card.book(profile, place, +1)
        placed = _place(cards, asks[1:])
        card.book(profile, place, -1)
        if placed:
            return True
    return False


def _choices(
    cards: list[Card], want: oracle.Want, name: str | None
) -> Iterator[tuple[Card, dict, set[int]]]:
    for card in cards:
        profile = card.serving(want, name)
        for place in card.free(profile) if profile else []:
            yield card, profile, place
