"""Free loopback ports for servers that must come back on the same port."""

from __future__ import annotations

import random
import socket

_taken: set[int] = set()


def free_port() -> int:
    """A free port below the kernel's ephemeral range.

    No outgoing connection of this machine can occupy it between a stop and the next start. A port
    is handed out once in a session.
    """
    for _ in range(500):
        port = random.randrange(12000, 20000)
        if port in _taken:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _taken.add(port)
        return port
    raise AssertionError("no free port between 12000 and 20000 on 127.0.0.1")
