"""The API server over bare TLS sockets.

The measured cluster and the bench share the machine, so every millisecond that the bench spends on
a request is one that kube-scheduler does not have. One `RawApi` may be used by several threads;
each gets a keep-alive connection of its own.
"""

from __future__ import annotations

import base64
import json
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import yaml

MERGE_PATCH = "application/merge-patch+json"


class ApiError(Exception):
    """The server answered, and it is not 2xx."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"{status}: {body[:300]!r}")
        self.status = status
        self.body = body


class RawApi:
    """One API server with one identity (a token)."""

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(Path(kubeconfig).read_text())
        cluster = config["clusters"][0]["cluster"]
        server = urlsplit(cluster["server"])
        self._address = (server.hostname, server.port)
        self._context = _context(cluster)
        self._head = (
            f"Host: {server.netloc}\r\nAuthorization: Bearer {config['users'][0]['user']['token']}"
            "\r\nAccept: application/json\r\n"
        )
        self._local = threading.local()

    # --- calls -----------------------------------------------------------------------------------

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        content_type: str = "application/json",
    ) -> bytes:
        """The answer's body; ApiError when the status is not 2xx. A connection that the server
        closed while it was idle is opened anew."""
        request = self._encode(method, path, body, content_type)
        for last in (False, True):
            connection = self._connection()
            try:
                connection.send(request)
                status, answer = connection.receive()
                break
            except OSError:
                self.close()
                if last:
                    raise
        if not 200 <= status < 300:
            raise ApiError(status, answer)
        return answer

    def get(self, path: str, **query: object) -> dict:
        return json.loads(self.call("GET", _with(path, query)))

    def post(self, path: str, body: dict) -> dict:
        return json.loads(self.call("POST", path, json.dumps(body).encode()))

    def patch(self, path: str, body: dict) -> dict:
        return json.loads(self.call("PATCH", path, json.dumps(body).encode(), MERGE_PATCH))

    def watch_lines(self, path: str, resource_version: str, seconds: int) -> Iterator[bytes]:
        """The lines of a watch, undecoded, on a connection of its own."""
        query = {"watch": "1", "resourceVersion": resource_version, "timeoutSeconds": seconds}
        connection = _Connection(self._address, self._context, timeout=seconds + 30)
        try:
            connection.send(self._encode("GET", _with(path, query), b"", ""))
            yield from connection.lines()
        finally:
            connection.close()

    def close(self) -> None:
        """Closes this thread's connection."""
        connection = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()

    def _connection(self) -> _Connection:
        if getattr(self._local, "connection", None) is None:
            self._local.connection = _Connection(self._address, self._context)
        return self._local.connection

    def _encode(self, method: str, path: str, body: bytes, content_type: str) -> bytes:
        head = f"{method} {path} HTTP/1.1\r\n{self._head}"
        if body:
            head += f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
        return head.encode() + b"\r\n" + body


class _Connection:
    """A TLS socket that speaks HTTP/1.1."""

    def __init__(self, address, context: ssl.SSLContext, timeout: float = 60) -> None:
        plain = socket.create_connection(address, timeout=timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = context.wrap_socket(plain, server_hostname=address[0])
        self._rest = b""

    def close(self) -> None:
        self._socket.close()

    def send(self, request: bytes) -> None:
        self._socket.sendall(request)

    def receive(self) -> tuple[int, bytes]:
        """Status and body of the next answer."""
        status, length = self._head()
        if length is None:
            return status, b"".join(self._chunks())
        while len(self._rest) < length:
            self._more()
        body, self._rest = self._rest[:length], self._rest[length:]
        return status, body

    def lines(self) -> Iterator[bytes]:
        """The lines of a chunked answer as they come."""
        status, length = self._head()
        if status != 200:
            raise ApiError(status, b"".join(self._chunks()) if length is None else self._rest)
        line = b""
        for chunk in self._chunks():
            *whole, line = (line + chunk).split(b"\n")
            yield from (one for one in whole if one)

    def _head(self) -> tuple[int, int | None]:
        """Status and length; no length for a chunked answer."""
        while b"\r\n\r\n" not in self._rest:
            self._more()
        head, self._rest = self._rest.split(b"\r\n\r\n", 1)
        length = None
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return int(head[9:12]), length

    def _chunks(self) -> Iterator[bytes]:
        while True:
            while b"\r\n" not in self._rest:
                self._more()
            size_text, self._rest = self._rest.split(b"\r\n", 1)
            size = int(size_text, 16)
            while len(self._rest) < size + 2:
                self._more()
            chunk, self._rest = self._rest[:size], self._rest[size + 2 :]
            if size == 0:
                return
            yield chunk

    def _more(self) -> None:
        data = self._socket.recv(262144)
        if not data:
            raise ConnectionResetError("the server closed the connection")
        self._rest += data


def _context(cluster: dict) -> ssl.SSLContext:
    if "certificate-authority" in cluster:
        return ssl.create_default_context(cafile=cluster["certificate-authority"])
    with tempfile.NamedTemporaryFile() as file:
        file.write(base64.b64decode(cluster["certificate-authority-data"]))
        file.flush()
        return ssl.create_default_context(cafile=file.name)


def _with(path: str, query: dict) -> str:
    return f"{path}?{urlencode(query)}" if query else path
