"""Waiting for a fact, with a message that says what was seen instead."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(
    probe: Callable[[], T],
    what: str,
    seconds: float,
    every: float = 0.05,
    seen: Callable[[], object] | None = None,
) -> T:
    """Calls `probe` until it returns something true, and returns that.

    After `seconds` the test fails with `what` and, when given, with what `seen` returns then.
    """
    deadline = time.monotonic() + seconds
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            last = f"; seen: {seen()}" if seen else ""
            raise AssertionError(f"not within {seconds:g} s: {what}{last}")
        time.sleep(every)


def never(probe: Callable[[], object], what: str, seconds: float, every: float = 0.1) -> None:
    """Fails as soon as `probe` returns something true within `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = probe()
        assert not value, f"{what}: {value}"
        time.sleep(every)
