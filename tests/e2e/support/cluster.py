"""The API server as the tests see it: plain dictionaries over the official client.

One `Cluster` per kubeconfig. All methods may be called from several threads. Objects are what the
API server said, not typed models: the tests judge annotations and must not lose one in a model.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import urllib3
from kubernetes import client, config

from support.wait import eventually

# Statuses of a server that starts or ends; 0 is the client's own "no answer".
AWAY = (0, 429, 500, 502, 503, 504)
MERGE_PATCH = "application/merge-patch+json"
NAMESPACE = "default"


class Cluster:
    """A client of one API server with one identity."""

    def __init__(self, kubeconfig: Path, threads: int = 24) -> None:
        configuration = client.Configuration()
        config.load_kube_config(str(kubeconfig), client_configuration=configuration)
        configuration.connection_pool_maxsize = threads
        configuration.retries = False
        self._api = client.ApiClient(configuration)
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="cluster")

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        self._api.close()

    # --- requests --------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        query: dict[str, object] | None = None,
        content_type: str = "application/json",
        stream: bool = False,
        timeout: object = 30,
    ):
        """One API call; the decoded JSON, or the raw response when `stream`.

        Reads and patches are repeated for a minute while the API server is away (every patch here
        sets a value, so twice is as good as once). Raises kubernetes.client.ApiException for a
        status that is not 2xx.
        """
        deadline = time.monotonic() + (60 if method in ("GET", "PATCH") and not stream else 0)
        while True:
            try:
                return self._once(method, path, body, query, content_type, stream, timeout)
            except (client.ApiException, urllib3.exceptions.HTTPError, OSError) as error:
                away = not isinstance(error, client.ApiException) or error.status in AWAY
                if not away or time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def _once(self, method, path, body, query, content_type, stream, timeout):
        response = self._api.call_api(
            path,
            method,
            query_params=list((query or {}).items()),
            header_params={"Accept": "application/json", "Content-Type": content_type},
            body=body,
            auth_settings=["BearerToken"],
            _preload_content=False,
            _return_http_data_only=True,
            _request_timeout=timeout,
        )
        if stream:
            return response
        return json.loads(response.data)

    def get(self, path: str, **query: object) -> dict:
        return self.request("GET", path, query=query)

    def get_or_none(self, path: str) -> dict | None:
        try:
            return self.request("GET", path)
        except client.ApiException as error:
            if error.status == 404:
                return None
            raise

    def patch(self, path: str, body: dict) -> dict:
        return self.request("PATCH", path, body=body, content_type=MERGE_PATCH)

    def watch(self, path: str, resource_version: str, seconds: int = 300) -> Iterator[dict]:
        """Watch events of a collection as they arrive; ends when the server ends the stream."""
        query = {"watch": "true", "resourceVersion": resource_version, "timeoutSeconds": seconds}
        response = self.request("GET", path, query=query, stream=True, timeout=(5, seconds + 30))
        try:
            rest = b""
            for chunk in response.stream(amt=None, decode_content=False):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    if line:
                        yield json.loads(line)
        finally:
            response.close()

    def _all(self, action, items: Iterable) -> list:
        return list(self._threads.map(action, items))

    # --- nodes -----------------------------------------------------------------------------------

    def node(self, name: str) -> dict:
        return self.get(f"/api/v1/nodes/{quote(name)}")

    def nodes(self) -> list[dict]:
        return self.get("/api/v1/nodes")["items"]

    def create_nodes(self, nodes: Iterable[dict]) -> None:
        self._all(lambda node: self.request("POST", "/api/v1/nodes", body=node), list(nodes))

    def delete_node(self, name: str) -> None:
        self.request("DELETE", f"/api/v1/nodes/{quote(name)}")

    def annotate_node(self, name: str, annotations: dict[str, str | None]) -> dict:
        """Sets annotations; None removes one."""
        change = {"metadata": {"annotations": annotations}}
        return self.patch(f"/api/v1/nodes/{quote(name)}", change)

    # --- pods ------------------------------------------------------------------------------------

    def pod_path(self, name: str, namespace: str = NAMESPACE) -> str:
        return f"/api/v1/namespaces/{namespace}/pods/{quote(name)}"

    def pod(self, name: str, namespace: str = NAMESPACE) -> dict:
        return self.get(self.pod_path(name, namespace))

    def pod_or_none(self, name: str, namespace: str = NAMESPACE) -> dict | None:
        return self.get_or_none(self.pod_path(name, namespace))

    def pods(self) -> list[dict]:
        return self.get("/api/v1/pods")["items"]

    def create_pod(self, pod: dict) -> dict:
        namespace = pod["metadata"].get("namespace", NAMESPACE)
        return self.request("POST", f"/api/v1/namespaces/{namespace}/pods", body=pod)

    def create_pods(self, pods: Iterable[dict]) -> list[dict]:
        """All at once, eight requests in flight."""
        return self._all(self.create_pod, list(pods))

    def delete_pod(self, name: str, namespace: str = NAMESPACE) -> None:
        """Gone when this returns: no kubelet has to confirm it."""
        path = self.pod_path(name, namespace)
        self.request("DELETE", path, query={"gracePeriodSeconds": 0})

    def patch_pod_status(self, name: str, status: dict, namespace: str = NAMESPACE) -> dict:
        return self.patch(self.pod_path(name, namespace) + "/status", {"status": status})

    def node_of(self, name: str) -> str | None:
        pod = self.pod_or_none(name)
        return pod["spec"].get("nodeName") if pod else None

    def wait_bound(self, *names: str, seconds: float = 30) -> list[dict]:
        """The pods, once every one of them has a node."""
        return eventually(
            lambda: self._all_bound(names),
            f"{len(names)} pod(s) bound: {', '.join(names[:3])}{' ...' if names[3:] else ''}",
            seconds,
            every=0.05 if len(names) < 10 else 0.3,
            seen=lambda: self.describe_unbound(names),
        )

    def _all_bound(self, names: tuple[str, ...]) -> list[dict] | None:
        if len(names) == 1:
            found = {names[0]: self.pod(names[0])}
        else:
            found = {pod["metadata"]["name"]: pod for pod in self.pods()}
        pods = [found[name] for name in names if name in found]
        bound = len(pods) == len(names) and all(pod["spec"].get("nodeName") for pod in pods)
        return pods if bound else None

    def describe_unbound(self, names: Iterable[str]) -> str:
        """Which of the pods wait, and what kube-scheduler says of the first few."""
        wanted = set(names)
        waiting = [
            pod
            for pod in self.pods()
            if pod["metadata"]["name"] in wanted and not pod["spec"].get("nodeName")
        ]
        texts = [f"{pod['metadata']['name']}: {why_pending(pod)}" for pod in waiting[:3]]
        return f"{len(waiting)} of {len(wanted)} wait: " + " | ".join(texts)

    # --- tear-down -------------------------------------------------------------------------------

    def clear(self) -> None:
        """Deletes all pods, then all nodes, and waits until they are gone."""
        namespaces = {pod["metadata"]["namespace"] for pod in self.pods()}
        for namespace in sorted(namespaces):
            path = f"/api/v1/namespaces/{namespace}/pods"
            self.request("DELETE", path, query={"gracePeriodSeconds": 0})
        eventually(lambda: not self.pods(), "all pods deleted", 30)
        self.request("DELETE", "/api/v1/nodes")
        eventually(lambda: not self.nodes(), "all nodes deleted", 30)


def why_pending(pod: dict) -> str:
    """kube-scheduler's own words on an unbound pod."""
    for condition in pod.get("status", {}).get("conditions", []):
        if condition["type"] == "PodScheduled":
            return f"{condition.get('reason', '')}: {condition.get('message', '')}"
    return "no PodScheduled condition"


def annotations(thing: dict) -> dict[str, str]:
    return thing["metadata"].get("annotations") or {}


def uid(pod: dict) -> str:
    return pod["metadata"]["uid"]
