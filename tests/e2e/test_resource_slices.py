"""ResourceSlices of NVIDIA's DRA driver: cards that are named, and counted as if they were not."""

from __future__ import annotations

from support import nvidia_nodes as stock
from support.cluster import annotations, why_pending
from support.objects import pod
from support.wait import eventually

SLICES = "/apis/resource.k8s.io/v1/resourceslices"
ROLE = "/apis/rbac.authorization.k8s.io/v1/clusterroles/tangram"
PRODUCT = "NVIDIA A100-SXM4-80GB"


def resource_slice(
    place: str,
    uuids: list[str],
    name: str = "one",
    generation: int = 1,
    slices: int = 1,
    driver: str = "gpu.nvidia.com",
) -> dict:
    """As NVIDIA's DRA driver tells of the cards of a node."""
    devices = [
        {
            "name": f"gpu-{index}",
            "attributes": {
                "type": {"string": "gpu"},
                "uuid": {"string": uuid},
                "productName": {"string": PRODUCT},
            },
            "capacity": {"memory": {"value": "80Gi"}},
        }
        for index, uuid in enumerate(uuids)
    ]
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceSlice",
        "metadata": {"name": f"{place}-{name}"},
        "spec": {
            "driver": driver,
            "nodeName": place,
            "pool": {"name": place, "generation": generation, "resourceSliceCount": slices},
            "devices": devices,
        },
    }


class Slices:
    """Those of a test; gone when it ends."""

    def __init__(self, cluster) -> None:
        self._cluster = cluster
        self._names: set[str] = set()

    def __enter__(self) -> Slices:
        return self

    def __exit__(self, *_: object) -> None:
        for name in sorted(self._names):
            self.delete(name)

    def create(self, body: dict) -> None:
        self._cluster.request("POST", SLICES, body)
        self._names.add(body["metadata"]["name"])

    def delete(self, name: str) -> None:
        self._cluster.request("DELETE", f"{SLICES}/{name}")
        self._names.discard(name)


def shown(stack) -> dict[str, list]:
    """The cards that Tangram names, by node."""
    return {one["name"]: one.get("known_cards", []) for one in stack.tangram.top()["nodes"]}


def wait_shown(stack, wanted: dict[str, list[str]]) -> None:
    cards = {
        place: [{"uuid": uuid, "product": PRODUCT, "memory_mib": 81920} for uuid in uuids]
        for place, uuids in wanted.items()
    }
    eventually(lambda: shown(stack) == cards, f"{wanted}", 60, seen=lambda: shown(stack))


def used(stack, place: str) -> int:
    (node,) = [one for one in stack.tangram.top()["nodes"] if one["name"] == place]
    return node["pools"][0]["devices"]["used"]


def refusal(cluster, name: str) -> str | None:
    text = why_pending(cluster.pod(name))
    return text if "Unschedulable" in text else None


def told_of_slices(stack) -> list[str]:
    """What Tangram logged of them since it started."""
    this_run = stack.tangram.log.read_text().rpartition("\n--- ")[2]
    return [line for line in this_run.splitlines() if "ResourceSlice" in line]


def test_cards_that_resource_slices_name_are_shown_and_promised_to_nobody(stack, cluster):
    cluster.create_nodes([stock.whole("told", cards=2), stock.whole("untold", cards=2)])
    stack.tangram.wait_knows("told", "untold")
    uuids = ["GPU-told-0", "GPU-told-1"]
    with Slices(cluster) as slices:
        slices.create(resource_slice("told", uuids))
        slices.create(resource_slice("told", ["x"], name="other", driver="other.example.com"))
        wait_shown(stack, {"told": uuids, "untold": []})
        table = stack.tangram.run("top", "--url", stack.tangram.url).stdout
        assert "GPU-told-1" in table and "anonymous" in table, table
        named = pod("named", annotations={"nvidia.com/use-gpuuuid": uuids[0]})
        cluster.create_pod(named)
        text = eventually(lambda: refusal(cluster, "named"), "a reason", 20)
        assert "CardUuidMismatch" in text, text
        cluster.delete_pod("named")

        names = [f"counted-{index}" for index in range(4)]
        for name in names:
            cluster.create_pod(pod(name, gpu=1))
        for bound in cluster.wait_bound(*names):
            assert not [key for key in annotations(bound) if key.startswith("hami.io/")]
        cluster.create_pod(pod("too-many", gpu=1))
        text = eventually(lambda: refusal(cluster, "too-many"), "a reason", 20)
        assert "2 PoolExhausted" in text, text
        assert (used(stack, "told"), used(stack, "untold")) == (2, 2)
        assert stock.overbooked(cluster.nodes(), cluster.pods()) == []
    wait_shown(stack, {"told": [], "untold": []})


def test_slices_that_change_their_pool_or_their_node_are_followed(stack, cluster):
    cluster.create_nodes([stock.whole("a", cards=2), stock.whole("b", cards=2)])
    stack.tangram.wait_knows("a", "b")
    with Slices(cluster) as slices:
        slices.create(resource_slice("a", ["GPU-0"], name="one", slices=2))
        slices.create(resource_slice("b", ["GPU-9"]))
        wait_shown(stack, {"a": [], "b": ["GPU-9"]})
        slices.create(resource_slice("a", ["GPU-1"], name="two", slices=2))
        wait_shown(stack, {"a": ["GPU-0", "GPU-1"], "b": ["GPU-9"]})
        slices.create(resource_slice("a", ["GPU-1"], name="anew", generation=2))
        wait_shown(stack, {"a": ["GPU-1"], "b": ["GPU-9"]})
        moved = resource_slice("b", ["GPU-8"])
        slices.delete("b-one")
        slices.delete("a-anew")
        moved["metadata"]["name"] = "a-anew"
        slices.create(moved)
        wait_shown(stack, {"a": ["GPU-0", "GPU-1"], "b": ["GPU-8"]})
        # As a server that starts would see it.
        stack.tangram.stop()
        stack.tangram.start()
        wait_shown(stack, {"a": ["GPU-0", "GPU-1"], "b": ["GPU-8"]})


def test_without_the_right_to_read_slices_everything_else_goes_on(new_stack, cluster):
    role = cluster.request("GET", ROLE)
    less = [rule for rule in role["rules"] if rule["resources"] != ["resourceslices"]]
    assert len(less) == len(role["rules"]) - 1
    cluster.create_nodes([stock.whole("told", cards=2)])
    with Slices(cluster) as slices:
        slices.create(resource_slice("told", ["GPU-told-0", "GPU-told-1"]))
        cluster.request("PUT", ROLE, role | {"rules": less})
        try:
            stack = new_stack()
            (line,) = eventually(lambda: told_of_slices(stack), "a word in the log", 20)
            assert "403" in line and "resourceslices" in line, line
            cluster.create_pod(pod("counted", gpu=2))
            cluster.wait_bound("counted")
            assert (shown(stack)["told"], used(stack, "told")) == ([], 2)
            config = str(stack.control_plane.kubeconfig("tangram"))
            looked = stack.tangram.run("top", "--kubeconfig", config)
            assert looked.returncode == 0 and "nvidia.com/gpu" in looked.stdout, looked.stderr
            assert looked.stderr.count("resourceslices") >= 1, looked.stderr
            assert told_of_slices(stack) == [line]
        finally:
            now = cluster.request("GET", ROLE)
            cluster.request("PUT", ROLE, now | {"rules": role["rules"]})
        wait_shown(stack, {"told": ["GPU-told-0", "GPU-told-1"]})
