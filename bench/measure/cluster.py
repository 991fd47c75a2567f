"""Filling and emptying the measured cluster."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from measure.raw_api import RawApi

PODS = "/api/v1/namespaces/default/pods"
ALL_PODS = "/api/v1/pods"
NODES = "/api/v1/nodes"
THREADS = 8
PAGE = 500


def create(api: RawApi, path: str, objects: Iterable[dict]) -> None:
    """Posts the objects, several at once."""
    bodies = [json.dumps(one, separators=(",", ":")).encode() for one in objects]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda body: api.call("POST", path, body), bodies))


def count(api: RawApi, path: str) -> int:
    """How many objects there are, without reading all of them."""
    page = api.get(path, limit=1)
    return len(page["items"]) + int(page["metadata"].get("remainingItemCount") or 0)


def delete_pods(api: RawApi, selector: str = "") -> None:
    """Deletes the pods at once and waits until they are gone."""
    query = f"?gracePeriodSeconds=0{'&labelSelector=' + selector if selector else ''}"
    api.call("DELETE", PODS + query)
    rest = (
        (lambda: len(api.get(PODS, labelSelector=selector)["items"]))
        if selector
        else (lambda: count(api, ALL_PODS))
    )
    wait_until(lambda: rest() == 0, "all pods deleted", 60)


def delete_nodes(api: RawApi) -> None:
    api.call("DELETE", NODES)
    wait_until(lambda: count(api, NODES) == 0, "all nodes deleted", 120)


def wait_until(probe: Callable[[], bool], what: str, seconds: float, every: float = 0.05) -> None:
    deadline = time.monotonic() + seconds
    while not probe():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(every)


class BoundWatch:
    """When each pod got its node, by a watch on a thread of its own.

    The API server ends the watch of a client that is slow at the moment; it is begun again from a
    list, and `interrupted` counts that: pods found by the list are noted late.
    """

    def __init__(self, api: RawApi) -> None:
        self._api = api
        self.bound: dict[str, tuple[float, str]] = {}  # name -> (monotonic time, node)
        self.interrupted = 0
        self._changed = threading.Condition()
        self._failure: Exception | None = None
        self._stopped = False
        version = api.get(ALL_PODS, limit=1)["metadata"]["resourceVersion"]
        self._thread = threading.Thread(target=self._run, args=(version,), daemon=True)
        self._thread.start()

    def wait(self, names: Iterable[str], seconds: float) -> bool:
        """Waits until all of them are bound; False when that takes longer."""
        missing = set(names)
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                missing -= self.bound.keys()
                left = deadline - time.monotonic()
                if self._failure is not None:
                    raise RuntimeError(f"the watch failed: {self._failure}")
                if not missing or left <= 0:
                    return not missing
                self._changed.wait(min(left, 1.0))

    def stop(self) -> None:
        """Nothing is noted any more; the thread ends with its stream."""
        self._stopped = True

    def _run(self, version: str) -> None:
        try:
            while not self._stopped:
                try:
                    self._follow(version)
                except OSError:
                    pass  # the stream broke: as if the server had ended it
                if self._stopped:
                    return
                self.interrupted += 1
                listed = self._api.get(ALL_PODS)
                version = listed["metadata"]["resourceVersion"]
                for pod in listed["items"]:
                    self._note(pod)
        except Exception as error:  # handed to the thread that waits
            with self._changed:
                self._failure = error
                self._changed.notify_all()

    def _follow(self, version: str) -> None:
        for line in self._api.watch_lines(ALL_PODS, version, seconds=900):
            if self._stopped or b'"type":"ERROR"' in line[:20]:
                return
            # Decoding costs more than waiting: a pod without a node is passed over unread.
            if b'"nodeName":"' in line and b'"type":"DELETED"' not in line[:30]:
                self._note(json.loads(line)["object"])

    def _note(self, pod: dict) -> None:
        name, node = pod["metadata"]["name"], pod["spec"].get("nodeName")
        if not node or name in self.bound:
            return
        with self._changed:
            self.bound[name] = (time.monotonic(), node)
            self._changed.notify_all()
