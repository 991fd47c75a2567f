"""Who wins when Tangram and kube-scheduler's own preferences disagree: the weight says it."""

from __future__ import annotations

import pytest
from support.objects import container, node, on_node, pod, preferring
from support.stack import Layout
from support.wait import eventually


@pytest.mark.parametrize(
    ("weight", "chosen"),
    [(125, "fullest"), (5, "liked")],
    ids=["best-class-wins-at-weight-125", "preference-wins-at-weight-5"],
)
def test_preferred_node_affinity_against_the_best_class(stacks, cluster, agent, weight, chosen):
    """Binpack ranks `fullest` (10) just above `liked` (8) and both above `empty` (0). The affinity
    is worth 200 points to `liked`: more than two steps at weight 5, far less than one at 125."""
    stacks.use(Layout(weight=None if weight == 125 else weight))
    cluster.create_nodes(
        [
            node("empty", 1),
            node("liked", 1, labels={"example.com/zone": "near"}),
            node("fullest", 1),
        ]
    )
    for name, memory in (("liked", 36000), ("fullest", 40000)):
        filler = pod(f"filler-{name}", containers=[container(mem=memory, cores=10)])
        cluster.create_pod(on_node(filler, name))
    cluster.wait_bound("filler-liked", "filler-fullest")
    eventually(lambda: len(agent.admitted) == 2, "both fillers are served", 10)

    wish = pod("wish", containers=[container(mem=1000)])
    cluster.create_pod(preferring(wish, "example.com/zone", "near"))
    (bound,) = cluster.wait_bound("wish")
    assert bound["spec"]["nodeName"] == chosen
