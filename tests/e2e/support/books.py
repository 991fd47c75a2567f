"""Whether Tangram's own books (`GET /top`) say what the API objects say."""

from __future__ import annotations

from support import oracle
from support.cluster import Cluster
from support.tangram import Tangram
from support.wait import eventually


def differences(top: dict, nodes: list[dict], pods: list[dict]) -> list[str]:
    """Every card on which `top` and the oracle disagree, either way round."""
    shown = {
        (place["name"], card["uuid"]): tuple(
            card[what]["used"] for what in ("memory_mib", "cores_percent", "slots")
        )
        for place in top["nodes"]
        for card in place["cards"]
    }
    true = {
        (place.name, card.uuid): (card.used.memory, card.used.cores, card.used.slots)
        for place in oracle.books_of(nodes, pods).values()
        for card in place.cards.values()
    }
    return [
        f"{'/'.join(key)}: Tangram says {shown.get(key)}, the objects say {true.get(key)}"
        for key in sorted(shown.keys() | true.keys())
        if shown.get(key) != true.get(key)
    ]


def assert_books_are_true(tangram: Tangram, cluster: Cluster) -> None:
    """No card is over-booked, and Tangram knows of every card what the objects say of it.

    Watch events need a moment, so Tangram may be a little behind, but not for longer.
    """
    nodes, pods = cluster.nodes(), cluster.pods()
    assert oracle.violations(nodes, pods) == []

    def wrong() -> list[str]:
        return differences(tangram.top(), cluster.nodes(), cluster.pods())

    eventually(lambda: not wrong(), "Tangram's books agree with the objects", 5, seen=wrong)
