"""HAMi's MIG reservations, read and judged without Tangram: nodes, annotations, rules."""

from __future__ import annotations

import json

from support import objects
from support.cluster import annotations

MIG_ALLOCATIONS = "hami.io/vgpu-mig-allocations"


def _profile(name: str, memory: int, core: int, slices: int, size: int, starts: list[int]) -> dict:
    placements = [{"start": start, "size": size} for start in starts]
    return {
        "name": name,
        "memoryMB": memory,
        "core": core,
        "sliceCount": slices,
        "placements": placements,
    }


# What HAMi's plugin advertises for an A100 with 80 GB by its default allow list.
A100_80GB_PROFILES = [
    _profile("1g.10gb", 9728, 15, 1, 1, [0, 1, 2, 3, 4, 5, 6]),
    _profile("2g.20gb", 19968, 29, 2, 2, [0, 2, 4]),
    _profile("3g.40gb", 40448, 43, 3, 4, [0, 4]),
    _profile("7g.80gb", 81152, 100, 7, 8, [0]),
]


def mig_node(name: str, gpus: int = 2) -> dict:
    """A node whose agent is in mode `mig`."""
    cards = [
        objects.card(
            objects.card_uuid(name, i), i, count=7, mode="mig", migProfiles=A100_80GB_PROFILES
        )
        for i in range(gpus)
    ]
    return objects.node(name, cards=cards)


def decode_reservations(pod: dict) -> list[dict]:
    """The reservations as HAMi's reader takes them; raises AssertionError where it would refuse."""
    read = json.loads(annotations(pod).get(MIG_ALLOCATIONS, "[]"))
    seen = set()
    for one in read:
        place = one["containerIndex"], one["deviceIndex"]
        assert min(place) >= 0 and place not in seen, f"{place} is negative or comes twice"
        seen.add(place)
        assert one["gpuUUID"] and one["profile"] and one["placement"]["size"] > 0, one
        runtime = [key in one for key in ("migUUID", "gpuInstanceID", "computeInstanceID")]
        assert all(runtime) or not any(runtime), f"some runtime fields of {one}"
    return read


def what_allocate_refuses(pod: dict) -> list[str]:
    """Why HAMi's plugin would fail Allocate for one of the pod's containers."""
    wrong = []
    slots = annotations(pod)[objects.ALLOCATED].split(";")
    reservations = decode_reservations(pod)
    for index, slot in enumerate(slots):
        uuids = [one.split(",")[0] for one in slot.split(":") if "," in one]
        own = [one for one in reservations if one["containerIndex"] == index]
        own.sort(key=lambda one: one["deviceIndex"])
        if own and [one["gpuUUID"] for one in own] != uuids:
            wrong.append(f"slot {index} has {uuids}, reserved is {own}")
    return wrong


def overlaps(pods: list[dict]) -> list[str]:
    """Memory slices that are reserved twice, or places that the profile may not have."""
    wrong, taken = [], {}
    profiles = {one["name"]: one for one in A100_80GB_PROFILES}
    for pod in pods:
        for one in decode_reservations(pod):
            if one["placement"] not in profiles[one["profile"]]["placements"]:
                wrong.append(f"{one} is no placement of the card")
            start, size = one["placement"]["start"], one["placement"]["size"]
            for part in range(start, start + size):
                other = taken.setdefault((one["gpuUUID"], part), pod["metadata"]["name"])
                if taken.get((one["gpuUUID"], part, "by")):
                    wrong.append(f"slice {part} of {one['gpuUUID']}: {other} and another")
                taken[(one["gpuUUID"], part, "by")] = True
    return wrong
