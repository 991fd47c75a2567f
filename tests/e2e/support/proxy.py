"""A TLS proxy in front of the API server that can lose answers and connections.

It presents the API server's own certificate, so a client needs only another port. HTTP/1.1, one
request at a time per connection, which is what Tangram's client speaks. What is to be lost is said
by `cut`: a rule counts down and then lets everything pass.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import threading
from pathlib import Path

from support.ports import free_port

AFTER_FORWARDING = "after"  # the server has done it, the answer is lost
BEFORE_FORWARDING = "before"  # the server never sees the request


class _Rule:
    def __init__(self, method: str, path: str, times: int, when: str) -> None:
        self.method, self.path, self.left, self.when = method, re.compile(path), times, when

    def takes(self, method: str, path: str) -> bool:
        if self.left > 0 and method == self.method and self.path.search(path):
            self.left -= 1
            return True
        return False


class Proxy:
    """Used as a context manager; runs an event loop on a thread of its own."""

    def __init__(self, upstream_port: int, certificates: Path) -> None:
        self.port = free_port()
        self.lost: list[str] = []  # "METHOD path" of every request that lost its answer
        self._upstream_port = upstream_port
        self._certificates = certificates
        self._rules: list[_Rule] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def cut(self, method: str, path: str, times: int = 1, when: str = AFTER_FORWARDING) -> None:
        """The next `times` requests whose path matches the expression get no answer."""
        self._rules.append(_Rule(method, path, times, when))

    def drop_connections(self) -> None:
        """Resets every connection that is open now."""
        asyncio.run_coroutine_threadsafe(self._drop(), self._loop).result(10)

    def __enter__(self) -> Proxy:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def kubeconfig(self, original: Path, target: Path) -> Path:
        """The same identity, through this proxy."""
        through = f"server: https://127.0.0.1:{self.port}"
        target.touch(mode=0o600)
        text = re.sub(r"server: https://127\.0\.0\.1:\d+", through, original.read_text())
        target.write_text(text)
        return target

    async def _listen(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        names = (self._certificates / "apiserver.crt", self._certificates / "apiserver.key")
        context.load_cert_chain(*names)
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=context, limit=1 << 20
        )

    async def _close(self) -> None:
        self._server.close()
        await self._drop()

    async def _drop(self) -> None:
        tasks = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        context = ssl.create_default_context(cafile=str(self._certificates / "apiserver.crt"))
        upstream = None
        try:
            server, upstream = await asyncio.open_connection(
                "127.0.0.1", self._upstream_port, ssl=context, limit=1 << 20
            )
            while await self._exchange(client, answer, server, upstream):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # one side is gone; the other learns it from the closed connection
        finally:
            for writer in (answer, upstream):
                if writer is not None:
                    writer.transport.abort()

    async def _exchange(self, client, answer, server, upstream) -> bool:
        """One request and its answer; False when the connection is to be closed."""
        head = await client.readuntil(b"\r\n\r\n")
        body = await client.readexactly(_content_length(head) or 0)
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        rule = next((one for one in self._rules if one.takes(method, path)), None)
        if rule is not None:
            self.lost.append(f"{method} {path}")
            if rule.when == BEFORE_FORWARDING:
                return False
        upstream.write(head + body)
        await upstream.drain()
        if rule is not None:
            reply = await server.readuntil(b"\r\n\r\n")
            await server.readexactly(_content_length(reply) or 0)
            return False
        return await self._relay(method, client, answer, server)

    async def _relay(self, method, client, answer, server) -> bool:
        head = await server.readuntil(b"\r\n\r\n")
        answer.write(head)
        length = _content_length(head)
        if length is not None:
            answer.write(await server.readexactly(0 if method == "HEAD" else length))
        elif b"chunked" in head.lower():
            await self._relay_chunks(client, answer, server)
        await answer.drain()
        return b"connection: close" not in head.lower()

    async def _relay_chunks(self, client, answer, server) -> None:
        """A watch lasts minutes: it also ends when the client has gone."""
        while True:
            line = asyncio.ensure_future(server.readuntil(b"\r\n"))
            while not (await asyncio.wait({line}, timeout=0.5))[0]:
                if client.at_eof():
                    line.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await line
                    raise ConnectionResetError("the client has gone")
            size = int(line.result().split(b";")[0], 16)
            answer.write(line.result() + await server.readexactly(size + 2))
            await answer.drain()
            if size == 0:
                return


def _content_length(head: bytes) -> int | None:
    match = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return int(match[1]) if match else None
