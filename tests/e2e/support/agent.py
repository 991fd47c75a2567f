"""A node agent that behaves like HAMi's NVIDIA device plugin after a bind.

kubelet admits the pods of a node one after the other and calls the plugin's Allocate once per
container that has a GPU. The plugin learns which pod is meant from the node lock *alone*, takes the
first non-empty slot of `vgpu-devices-to-allocate` away, and when none is left writes
`bind-phase=success` and gives the lock back. What a scheduler must never do shows in `violations`.
"""

from __future__ import annotations

import collections
import enum
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import urllib3
from kubernetes.client import ApiException

from support import objects
from support.cluster import Cluster, annotations

VENDOR = "NVIDIA"


class Mode(enum.Enum):
    SERVE = "serve"
    FAIL = "fail"  # every Allocate fails: bind-phase=failed, lock released, pod Failed
    IGNORE = "ignore"  # the plugin is dead: nothing happens


class AllocateError(Exception):
    """What kubelet shows as UnexpectedAdmissionError."""


class Agent:
    """The agents of all nodes. Used as a context manager; works on threads of its own."""

    def __init__(
        self, cluster: Cluster, delay_seconds: float = 0.0, mode: Mode = Mode.SERVE
    ) -> None:
        self._cluster = cluster
        self._delay = delay_seconds
        self.mode = mode
        self.violations: list[str] = []
        self.admitted: list[str] = []  # names of pods, in the order in which they were served
        self._mutex = threading.Lock()
        self._queues: dict[str, collections.deque] = {}
        self._seen: set[str] = set()
        self._stopping = threading.Event()
        self._workers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="agent")
        self._watcher = threading.Thread(
            target=self._watch_forever, name="agent-watch", daemon=True
        )

    def __enter__(self) -> Agent:
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._workers.shutdown(wait=True, cancel_futures=True)
        # The watch ends with its next event or time-out; it is a daemon and does nothing any more.

    # --- which pods to admit ---------------------------------------------------------------------

    def _watch_forever(self) -> None:
        while not self._stopping.is_set():
            try:
                listed = self._cluster.get("/api/v1/pods")
                for pod in listed["items"]:
                    self._offer(pod)
                version = listed["metadata"]["resourceVersion"]
                for event in self._cluster.watch("/api/v1/pods", version, seconds=20):
                    if self._stopping.is_set():
                        return
                    if event["type"] == "ERROR":
                        break
                    if event["type"] != "DELETED":
                        self._offer(event["object"])
            except (ApiException, urllib3.exceptions.HTTPError, OSError, ValueError):
                self._stopping.wait(0.2)  # the API server is away: list again

    def _offer(self, pod: dict) -> None:
        node = pod["spec"].get("nodeName")
        if not node or annotations(pod).get(objects.BIND_PHASE) != "allocating":
            return
        with self._mutex:
            if pod["metadata"]["uid"] in self._seen or self.mode is Mode.IGNORE:
                return
            self._seen.add(pod["metadata"]["uid"])
            queue = self._queues.setdefault(node, collections.deque())
            queue.append(pod)
            if len(queue) == 1:
                self._workers.submit(self._admit_all, node, queue)

    def _admit_all(self, node: str, queue: collections.deque) -> None:
        while not self._stopping.is_set():
            self._admit(node, queue[0])
            with self._mutex:
                queue.popleft()
                if not queue:
                    return

    # --- kubelet ---------------------------------------------------------------------------------

    def _admit(self, node: str, pod: dict) -> None:
        name = pod["metadata"]["name"]
        try:
            for container in _allocate_calls(pod):
                time.sleep(self._delay)
                self._allocate(node, pod, container)
            with self._mutex:
                self.admitted.append(name)
        except ApiException as error:
            if error.status != 404:  # 404: the pod or the node was deleted meanwhile
                self._violation(f"agent's call for {name} was refused: {error.status} {error.body}")
        except AllocateError as error:
            if self.mode is not Mode.FAIL:
                self._violation(f"Allocate for {name} on {node}: {error}")
            status = {"phase": "Failed", "reason": "UnexpectedAdmissionError"}
            self._cluster.patch_pod_status(name, status, pod["metadata"]["namespace"])

    def _violation(self, text: str) -> None:
        with self._mutex:
            self.violations.append(text)

    # --- the plugin ------------------------------------------------------------------------------

    def _allocate(self, node: str, admitted: dict, container: dict) -> None:
        """One Allocate call. It does not know `admitted`: that only checks what it finds out."""
        pod = self._pod_meant(node)
        path = self._cluster.pod_path(pod["metadata"]["name"], pod["metadata"]["namespace"])
        try:
            if pod["metadata"]["uid"] != admitted["metadata"]["uid"]:
                raise AllocateError(f"the node lock names pod {pod['metadata']['name']}")
            if self.mode is Mode.FAIL:
                raise AllocateError("this agent fails everything")
            rest = _pop_slot(annotations(pod).get(objects.TO_ALLOCATE), container)
        except AllocateError:
            self._cluster.patch(path, _note(objects.BIND_PHASE, "failed"))
            self._release_lock(node, pod)
            raise
        self._cluster.patch(path, _note(objects.TO_ALLOCATE, rest))
        if VENDOR in annotations(self._cluster.get(path)).get(objects.TO_ALLOCATE, ""):
            return  # the next Allocate goes on
        self._cluster.patch(path, _note(objects.BIND_PHASE, "success"))
        self._release_lock(node, pod)

    def _pod_meant(self, node: str) -> dict:
        lock = annotations(self._cluster.node(node)).get(objects.NODE_LOCK, "")
        if lock.count(",") == 2:
            _, namespace, name = lock.split(",")
            return self._cluster.pod(name, namespace)
        listed = self._cluster.get("/api/v1/pods", fieldSelector=f"spec.nodeName={node}")
        for pod in listed["items"]:
            notes = annotations(pod)
            if (
                pod["status"].get("phase") == "Pending"
                and notes.get(objects.BIND_TIME)
                and notes.get(objects.BIND_PHASE) in ("allocating", "success")
                and notes.get(objects.VGPU_NODE) == node
            ):
                return pod
        raise AllocateError(f"no binding pod found on node {node}")

    def _release_lock(self, node: str, owner: dict) -> None:
        suffix = f",{owner['metadata']['namespace']},{owner['metadata']['name']}"
        for _ in range(5):
            found = self._cluster.node(node)
            lock = annotations(found).get(objects.NODE_LOCK)
            if lock is None or (lock.count(",") and not lock.endswith(suffix)):
                return
            change = _note(objects.NODE_LOCK, None)
            change["metadata"]["resourceVersion"] = found["metadata"]["resourceVersion"]
            try:
                self._cluster.patch(f"/api/v1/nodes/{node}", change)
                return
            except ApiException as error:
                if error.status != 409:
                    raise


def _note(key: str, value: str | None) -> dict:
    return {"metadata": {"annotations": {key: value}}}


def _allocate_calls(pod: dict) -> list[dict]:
    """The containers for which kubelet calls Allocate: init containers first, then the others."""
    containers = (pod["spec"].get("initContainers") or []) + pod["spec"]["containers"]
    return [one for one in containers if _gpus(one) > 0]


def _gpus(container: dict) -> int:
    limits = (container.get("resources") or {}).get("limits") or {}
    return int(limits.get(objects.GPU, "0"))


def _pop_slot(text: str | None, container: dict) -> str:
    """The annotation without its first non-empty slot, which must be the container's size."""
    if text is None:
        raise AllocateError("device request not found")
    slots = text.split(";")
    for index, slot in enumerate(slots):
        devices = [one for one in slot.split(":") if "," in one]
        if devices:
            if len(devices) != _gpus(container):
                raise AllocateError(f"device number not matched: {slot!r} for {_gpus(container)}")
            slots[index] = ""
            return ";".join(slots)
    raise AllocateError("no pending device allocation found")
