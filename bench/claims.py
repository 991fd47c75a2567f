"""The end of every bench in Python: its claims, and how they become an exit code."""

from __future__ import annotations


def verdict(claims: list[tuple[str, bool]]) -> int:
    """Prints the claims and how many hold; 0 when all do, else 1."""
    print("\nclaims")
    for text, holds in claims:
        print(f"  {'PASS' if holds else 'FAIL'}  {text}")
    failed = sum(not holds for _, holds in claims)
    print(f"{len(claims) - failed} of {len(claims)} claims hold")
    return 1 if failed else 0
