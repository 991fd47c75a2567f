"""Nodes as NVIDIA's own stack describes them, and what pods take of them, by counting alone."""

from __future__ import annotations

from support import objects, oracle
from support.cluster import Cluster

DOMAIN = "nvidia.com/"
A100 = "NVIDIA-A100-SXM4-80GB"


def stock_node(
    name: str,
    offers: dict[str, int],
    labels: dict[str, str] | None = None,
    product: str = A100,
    memory_mib: int = 81920,
) -> dict:
    """A node run by the device plugin alone. `offers` are short names ("gpu", "mig-1g.10gb") to
    counts, `labels` GFD's and the operator's without their domain."""
    told = {
        "gpu.present": "true",
        "gpu.product": product,
        "gpu.memory": str(memory_mib),
    } | (labels or {})
    body = objects.node(name, gpus=0, labels={DOMAIN + key: text for key, text in told.items()})
    for amounts in ("capacity", "allocatable"):
        body["status"][amounts] = body["status"][amounts] | allocatable(offers)
    return body


def allocatable(offers: dict[str, int]) -> dict[str, str]:
    return {DOMAIN + resource: str(count) for resource, count in offers.items()}


def whole(name: str, cards: int = 4) -> dict:
    return stock_node(name, {"gpu": cards}, {"gpu.count": str(cards), "gpu.replicas": "1"})


def time_sliced(name: str, cards: int = 2, replicas: int = 4, renamed: bool = False) -> dict:
    labels = {
        "gpu.count": str(cards),
        "gpu.replicas": str(replicas),
        "gpu.sharing-strategy": "time-slicing",
    }
    if renamed:
        return stock_node(name, {"gpu": 0, "gpu.shared": cards * replicas}, labels)
    return stock_node(name, {"gpu": cards * replicas}, labels, product=A100 + "-SHARED")


def mps(name: str, cards: int = 1, replicas: int = 10) -> dict:
    labels = {
        "gpu.count": str(cards),
        "gpu.replicas": str(replicas),
        "gpu.sharing-strategy": "mps",
    }
    return stock_node(name, {"gpu": cards * replicas}, labels, product=A100 + "-SHARED")


def mig_labels(instances: dict[str, int], state: str = "success") -> dict[str, str]:
    labels = {"mig.strategy": "mixed", "mig.config": "custom", "mig.config.state": state}
    for profile, count in instances.items():
        labels[f"mig-{profile}.count"] = str(count)
        labels[f"mig-{profile}.replicas"] = "1"
    return labels


def mig_mixed(name: str, instances: dict[str, int], state: str = "success") -> dict:
    offers = {"gpu": 0} | {f"mig-{profile}": count for profile, count in instances.items()}
    return stock_node(name, offers, mig_labels(instances, state))


def mig_single(name: str, count: int, profile: str = "1g.10gb") -> dict:
    labels = {"mig.strategy": "single", "gpu.count": str(count), "gpu.replicas": "1"}
    return stock_node(name, {"gpu": count}, labels, product=f"{A100}-MIG-{profile}")


def relabel(
    cluster: Cluster, name: str, instances: dict[str, int], state: str, offered: bool = True
) -> None:
    """As the MIG manager and, after it, the plugin do; with `offered` false the plugin is away
    and the node offers none of the instances."""
    old = cluster.node(name)
    labels: dict[str, str | None] = {
        key: None
        for key in old["metadata"]["labels"]
        if key.startswith("nvidia.com/mig-") or key.startswith("nvidia.com/mig.")
    }
    labels |= {DOMAIN + key: text for key, text in mig_labels(instances, state).items()}
    cluster.patch(f"/api/v1/nodes/{name}", {"metadata": {"labels": labels}})
    offers = {key: "0" for key in old["status"]["allocatable"] if "/mig-" in key}
    if offered:
        offers |= allocatable({f"mig-{key}": count for key, count in instances.items()})
    amounts = {"capacity": offers, "allocatable": offers}
    cluster.patch(f"/api/v1/nodes/{name}/status", {"status": amounts})


def vgpu(name: str) -> dict:
    labels = {"vgpu.present": "true", "gpu.count": "1", "gpu.replicas": "1"}
    return stock_node(name, {"gpu": 1}, labels, product="NVIDIA-A40-12Q", memory_mib=12288)


def asked(pod: dict) -> dict[str, int]:
    """What the kubelet counts of every resource of the domain: init containers run one after the
    other, beside the sidecars that were started before them; everything else runs at once."""
    peak: dict[str, int] = {}
    running: dict[str, int] = {}
    for container in pod["spec"].get("initContainers", []):
        wants = _limits(container)
        if container.get("restartPolicy") == "Always":
            for resource, count in wants.items():
                running[resource] = running.get(resource, 0) + count
            wants = {}
        for resource, count in wants.items():
            peak[resource] = max(peak.get(resource, 0), running.get(resource, 0) + count)
    for container in pod["spec"]["containers"]:
        for resource, count in _limits(container).items():
            running[resource] = running.get(resource, 0) + count
    return {key: max(peak.get(key, 0), running.get(key, 0)) for key in peak | running}


def _limits(container: dict) -> dict[str, int]:
    limits = container.get("resources", {}).get("limits", {})
    return {key: oracle.whole(text, 0) for key, text in limits.items() if key.startswith(DOMAIN)}


def overbooked(nodes: list[dict], pods: list[dict]) -> list[str]:
    """Every resource of a stock node of which its pods ask for more than is allocatable."""
    wrong = []
    for node in nodes:
        if objects.REGISTER in (node["metadata"].get("annotations") or {}):
            continue
        name = node["metadata"]["name"]
        taken: dict[str, int] = {}
        for pod in pods:
            if pod["spec"].get("nodeName") != name:
                continue
            for resource, count in asked(pod).items():
                taken[resource] = taken.get(resource, 0) + count
        for resource, count in taken.items():
            offered = int(node["status"]["allocatable"].get(resource, 0))
            if count > offered:
                wrong.append(f"{name}: {resource} {count} of {offered}")
    return wrong
