"""An independent judge of placements: it knows the API objects and HAMi's published rules.

`violations` says what is wrong with the pods that are bound; `can_place_alone` says whether a pod
that waits could be placed on the final objects as they are, without moving anything. Both start
from the node's register annotation and the pods' `vgpu-devices-allocated`, decoded here from
scratch. Nothing of Tangram is imported, and nothing here is fast.
"""

from __future__ import annotations

import copy
import itertools
import json
import re
from dataclasses import dataclass, field
from fractions import Fraction

from support import objects

INIT, SIDECAR, APP = "init", "sidecar", "app"
GO_TRUE = ("1", "t", "T", "true", "TRUE", "True")
TERMINAL = ("Succeeded", "Failed")
_SUFFIXES = {"n": -3, "u": -2, "m": -1, "": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


def quantity(text: str | int) -> Fraction:
    """A Kubernetes quantity, exactly."""
    match = re.fullmatch(r"([+-]?[0-9.]+)(?:[eE]([+-]?[0-9]+)|([A-Za-z]*))", str(text))
    assert match, f"not a quantity: {text!r}"
    number, exponent, suffix = match.groups()
    if exponent is not None:
        return Fraction(number) * Fraction(10) ** int(exponent)
    if suffix in _BINARY:
        return Fraction(number) * 1024 ** _BINARY[suffix]
    return Fraction(number) * Fraction(1000) ** _SUFFIXES[suffix]


def whole(text: str | int | None, absent: int) -> int:
    """The quantity as an integer; `absent` when there is none or it is no integer."""
    if text is None:
        return absent
    value = quantity(text)
    return int(value) if value.denominator == 1 else absent


# --- what pods ask for ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Want:
    """What one container asks of each of `count` different cards."""

    kind: str
    count: int = 0
    memory: int = 0  # MiB; 0: by percent
    percent: int = 100
    cores: int = 0

    def memory_of(self, card: Card) -> int:
        return self.memory if self.memory else card.memory * self.percent // 100


def containers_of(pod: dict) -> list[tuple[str, dict]]:
    """Kind and container in HAMi's slot order."""
    spec = pod["spec"]
    init = [
        (SIDECAR if one.get("restartPolicy") == "Always" else INIT, one)
        for one in spec.get("initContainers") or []
    ]
    return init + [(APP, one) for one in spec["containers"]]


def wants_of(pod: dict) -> list[Want]:
    return [want_of(kind, one) for kind, one in containers_of(pod)]


def want_of(kind: str, container: dict) -> Want:
    resources = container.get("resources") or {}
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}

    def named(name: str) -> str | None:
        return limits.get(name, requests.get(name))

    count = whole(named(objects.GPU), 0)
    memory = whole(named(objects.MEMORY), 0)
    percent = whole(named(objects.MEMORY_PERCENT), 0)
    cores = min(whole(named(objects.CORES), 0), 100)
    if count <= 0 or memory < 0:
        return Want(kind)
    return Want(kind, count, memory, min(percent, 100) if percent > 0 else 100, cores)


def kubelet_gpus(pod: dict) -> int:
    """What the kubelet counts of nvidia.com/gpu: sidecars run on beside what starts after them."""
    sidecars = peak = 0
    for want in wants_of(pod):
        if want.kind == SIDECAR:
            sidecars += want.count
        elif want.kind == INIT:
            peak = max(peak, sidecars + want.count)
    apps = sum(want.count for want in wants_of(pod) if want.kind == APP)
    return max(peak, sidecars + apps)


# --- what pods hold ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    uuid: str
    memory: int
    cores: int


def decode_allocation(text: str) -> list[list[Share]]:
    """Slots of `vgpu-devices-allocated`, strictly: device* ; each device uuid,NVIDIA,MiB,cores:"""
    assert text.endswith(";"), f"allocation does not end with ';': {text!r}"
    slots = []
    for piece in text[:-1].split(";"):
        shares = []
        for entry in piece.split(":")[:-1] if piece else []:
            match = re.fullmatch(r"([^,;:]+),NVIDIA,([0-9]+),([0-9]+)", entry)
            assert match, f"not a device entry: {entry!r} in {text!r}"
            shares.append(Share(match[1], int(match[2]), int(match[3])))
        assert not piece or piece.endswith(":"), f"slot does not end with ':': {text!r}"
        slots.append(shares)
    return slots


@dataclass
class Use:
    """What one pod takes from one card."""

    memory: int = 0
    cores: int = 0
    slots: int = 0


def init_finished(pod: dict) -> bool:
    """HAMi: every init container status is terminated with exit code 0, and there is one."""
    statuses = pod.get("status", {}).get("initContainerStatuses") or []
    ended = [(one.get("state") or {}).get("terminated") for one in statuses]
    return bool(ended) and all(end is not None and end.get("exitCode") == 0 for end in ended)


def uses_of(pod: dict) -> dict[str, Use]:
    """By card: the larger of the init containers' peak and the sum over apps and sidecars."""
    text = objects_annotation(pod, objects.ALLOCATED)
    if not text:
        return {}
    kinds = [kind for kind, _ in containers_of(pod)]
    init: dict[str, Use] = {}
    app: dict[str, Use] = {}
    for kind, shares in zip(kinds, decode_allocation(text)):
        for share in shares:
            if kind == INIT:
                use = init.setdefault(share.uuid, Use(slots=1))
                use.memory = max(use.memory, share.memory)
                use.cores = max(use.cores, share.cores)
            else:
                use = app.setdefault(share.uuid, Use())
                use.memory += share.memory
                use.cores += share.cores
                use.slots += 1
    if init_finished(pod):
        return app
    return {
        uuid: Use(
            *(
                max(getattr(init.get(uuid, Use()), f), getattr(app.get(uuid, Use()), f))
                for f in ("memory", "cores", "slots")
            )
        )
        for uuid in init.keys() | app.keys()
    }


def objects_annotation(thing: dict, key: str) -> str:
    return (thing["metadata"].get("annotations") or {}).get(key, "")


# --- books ---------------------------------------------------------------------------------------


@dataclass
class Card:
    uuid: str
    memory: int
    cores: int
    slots: int
    type: str
    numa: int
    mode: str
    usable: bool
    used: Use = field(default_factory=Use)
    exclusive_owners: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)

    def state(self) -> tuple:
        """Cards with the same state are interchangeable for one pod without UUID conditions."""
        used = (self.used.memory, self.used.cores, self.used.slots)
        return (self.memory, self.cores, self.slots, self.type, self.numa, self.mode, used)


@dataclass
class Books:
    node: dict
    cards: dict[str, Card]
    kubelet_used: int = 0

    @property
    def name(self) -> str:
        return self.node["metadata"]["name"]


def cards_of(node: dict) -> dict[str, Card]:
    text = objects_annotation(node, objects.REGISTER)
    cordoned = {one.strip() for one in objects_annotation(node, objects.CORDON).split(",")}
    cards = {}
    for record in json.loads(text) if text else []:
        cards[record["id"]] = Card(
            uuid=record["id"],
            memory=record.get("devmem", 0),
            cores=record.get("devcore", 0),
            slots=record.get("count", 0),
            type=record.get("type", ""),
            numa=record.get("numa", 0),
            mode=record.get("mode", ""),
            usable=record.get("health", False) and record["id"] not in cordoned,
        )
    return cards


def live_on(pod: dict) -> str | None:
    """The node the pod takes room on, if it does."""
    if pod.get("status", {}).get("phase") in TERMINAL:
        return None
    return pod["spec"].get("nodeName")


def books_of(nodes: list[dict], pods: list[dict]) -> dict[str, Books]:
    books = {node["metadata"]["name"]: Books(node, cards_of(node)) for node in nodes}
    for pod in pods:
        place = books.get(live_on(pod) or "")
        if place is None:
            continue
        place.kubelet_used += kubelet_gpus(pod)
        try:
            uses = uses_of(pod)
        except AssertionError:
            continue  # `violations` says what cannot be read
        for uuid, use in uses.items():
            card = place.cards.get(uuid)
            if card is None:
                continue  # of another node: `violations` names it
            card.used.memory += use.memory
            card.used.cores += use.cores
            card.used.slots += use.slots
            card.owners.append(pod["metadata"]["name"])
            if use.cores >= 100 and card.cores == 100:
                card.exclusive_owners.append(pod["metadata"]["name"])
    return books


def violations(nodes: list[dict], pods: list[dict]) -> list[str]:
    """Everything that is wrong with the bound pods; empty when all is well."""
    books = books_of(nodes, pods)
    wrong = []
    for place in books.values():
        for card in place.cards.values():
            wrong += [f"{place.name}/{card.uuid}: {text}" for text in _overbooked(card)]
        advertised = whole(place.node["status"]["allocatable"].get(objects.GPU), 0)
        if place.kubelet_used > advertised:
            wrong.append(f"{place.name}: kubelet counts {place.kubelet_used} of {advertised} GPUs")
    for pod in pods:
        place = books.get(live_on(pod) or "")
        if place is not None:
            name = pod["metadata"]["name"]
            wrong += [f"pod {name} on {place.name}: {text}" for text in _misplaced(pod, place)]
    return wrong


def _overbooked(card: Card) -> list[str]:
    wrong = []
    for what, used, total in (
        ("memory", card.used.memory, card.memory),
        ("cores", card.used.cores, card.cores),
        ("slots", card.used.slots, card.slots),
    ):
        if used > total:
            wrong.append(f"{what} {used} of {total} booked by {', '.join(card.owners)}")
    if card.exclusive_owners and len(card.owners) > 1:
        wrong.append(f"{card.exclusive_owners[0]} holds it alone, yet {', '.join(card.owners)}")
    return wrong


def _misplaced(pod: dict, place: Books) -> list[str]:
    """Whether the pod got what it asked for, container by container."""
    wants = wants_of(pod)
    text = objects_annotation(pod, objects.ALLOCATED)
    if not any(want.count for want in wants):
        return ["has an allocation and asks for nothing"] if text else []
    try:
        slots = decode_allocation(text)
    except AssertionError as error:
        return [str(error)]
    if len(slots) != len(wants):
        return [f"{len(slots)} slots for {len(wants)} containers: {text!r}"]
    wrong = []
    if objects_annotation(pod, objects.VGPU_NODE) != place.name:
        wrong.append(f"annotation names node {objects_annotation(pod, objects.VGPU_NODE)!r}")
    for index, (want, shares) in enumerate(zip(wants, slots)):
        cards = [place.cards.get(share.uuid) for share in shares]
        if None in cards:
            wrong.append(f"slot {index} names a card of another node: {text!r}")
            continue
        if len({share.uuid for share in shares}) != want.count or len(shares) != want.count:
            wrong.append(f"slot {index} has {len(shares)} cards, {want.count} different wanted")
        for share, card in zip(shares, cards):
            wanted = (want.memory_of(card), want.cores)
            if (share.memory, share.cores) != wanted:
                wrong.append(f"slot {index} books {share}, wanted {wanted}")
            if not _allowed(card, Constraints.of(pod)):
                wrong.append(f"slot {index} uses {card.uuid} against the pod's conditions")
        if Constraints.of(pod).numa_bind and len({card.numa for card in cards}) > 1:
            wrong.append(f"slot {index} spans NUMA nodes in spite of numa-bind")
    return wrong


# --- could it be placed? -------------------------------------------------------------------------


@dataclass(frozen=True)
class Constraints:
    """Conditions on cards, from the pod's annotations."""

    use_types: tuple[str, ...] = ()
    avoid_types: tuple[str, ...] = ()
    use_uuids: tuple[str, ...] = ()
    avoid_uuids: tuple[str, ...] = ()
    numa_bind: bool = False
    modes: str = ""
    idle_only: bool = False

    @staticmethod
    def of(pod: dict) -> Constraints:
        def entries(key: str) -> tuple[str, ...]:
            parts = objects_annotation(pod, key).split(",")
            return tuple(part.strip() for part in parts if part.strip())

        policy = objects_annotation(pod, "hami.io/gpu-scheduler-policy")
        return Constraints(
            entries("nvidia.com/use-gputype"),
            entries("nvidia.com/nouse-gputype"),
            entries("nvidia.com/use-gpuuuid"),
            entries("nvidia.com/nouse-gpuuuid"),
            objects_annotation(pod, "nvidia.com/numa-bind") in GO_TRUE,
            objects_annotation(pod, "nvidia.com/vgpu-mode"),
            "mutex" in policy.split(","),
        )


def _allowed(card: Card, conditions: Constraints) -> bool:
    kind = card.type.lower()
    if conditions.use_types and not any(one.lower() in kind for one in conditions.use_types):
        return False
    if any(one.lower() in kind for one in conditions.avoid_types):
        return False
    if conditions.use_uuids and card.uuid not in conditions.use_uuids:
        return False
    if card.uuid in conditions.avoid_uuids:
        return False
    return card.mode in conditions.modes if conditions.modes else True


def _fits(card: Card, want: Want, conditions: Constraints) -> bool:
    """HAMi's checks of one card, without quota, topology and MIG."""
    if not card.usable or not _allowed(card, conditions):
        return False
    if card.used.slots >= card.slots:
        return False
    if conditions.idle_only and card.used.slots > 0:
        return False
    if card.memory - card.used.memory < want.memory_of(card):
        return False
    if card.cores - card.used.cores < want.cores:
        return False
    if card.cores == 100 and want.cores == 100 and card.used.slots > 0:
        return False
    return not (card.cores != 0 and card.used.cores == card.cores and want.cores == 0)


def _book(card: Card, want: Want, sign: int) -> None:
    card.used.memory += sign * want.memory_of(card)
    card.used.cores += sign * want.cores
    card.used.slots += sign


def _choices(cards: list[Card], want: Want, conditions: Constraints):
    """All sets of cards for one container, up to interchangeable cards."""
    fitting = [card for card in cards if _fits(card, want, conditions)]
    seen = set()
    for chosen in itertools.combinations(fitting, want.count):
        if conditions.numa_bind and len({card.numa for card in chosen}) > 1:
            continue
        key = tuple(sorted(card.state() for card in chosen))
        if key not in seen:
            seen.add(key)
            yield chosen


def _place(cards: list[Card], wants: list[Want], conditions: Constraints) -> bool:
    """Exact backtracking over the containers that run side by side, in spec order."""
    if not wants:
        return True
    for chosen in _choices(cards, wants[0], conditions):
        for card in chosen:
            _book(card, wants[0], +1)
        placed = _place(cards, wants[1:], conditions)
        for card in chosen:
            _book(card, wants[0], -1)
        if placed:
            return True
    return False


def fits_on(pod: dict, place: Books) -> bool:
    wants = [want for want in wants_of(pod) if want.count]
    advertised = whole(place.node["status"]["allocatable"].get(objects.GPU), 0)
    if place.kubelet_used + kubelet_gpus(pod) > advertised:
        return False
    conditions = Constraints.of(pod)
    cards = copy.deepcopy(list(place.cards.values()))
    for want in wants:
        # An init container runs before the others: it needs room for itself alone.
        if want.kind == INIT and next(_choices(cards, want, conditions), None) is None:
            return False
    return _place(cards, [want for want in wants if want.kind != INIT], conditions)


def can_place_alone(pod: dict, nodes: list[dict], pods: list[dict]) -> str | None:
    """A node on which the unbound `pod` would fit now, nothing moved; None when there is none."""
    return _place_in(books_of(nodes, pods), pod)


def wrongly_waiting(nodes: list[dict], pods: list[dict]) -> list[str]:
    """Pods that wait although each of them, alone, would fit somewhere."""
    books = books_of(nodes, pods)
    waiting = [pod for pod in pods if not pod["spec"].get("nodeName")]
    places = [(pod["metadata"]["name"], _place_in(books, pod)) for pod in waiting]
    return [f"{name} -> {place}" for name, place in places if place is not None]


def _place_in(books: dict[str, Books], pod: dict) -> str | None:
    selector = pod["spec"].get("nodeSelector") or {}
    for place in books.values():
        labels = place.node["metadata"].get("labels") or {}
        if all(labels.get(key) == value for key, value in selector.items()):
            if fits_on(pod, place):
                return place.name
    return None
