"""Small synthetic traces in OpenB's format, made from a seed, and the simulator run on them."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

from support.paths import tangram_binary

MODELS = ("T4", "A10", "V100")


def write_nodes(path: Path, nodes: int, seed: int = 1) -> Path:
    """Nodes of two, four or eight cards."""
    draw = random.Random(seed)
    lines = ["sn,cpu_milli,memory_mib,gpu,model"]
    for number in range(nodes):
        cards = draw.choice((2, 4, 8))
        lines.append(
            f"node-{number:04},{cards * 12000},{cards * 49152},{cards},{draw.choice(MODELS)}"
        )
    path.write_text("\n".join(lines) + "\n")
    return path


def write_pods(path: Path, pods: int, seed: int) -> Path:
    """Slices and whole cards for the most part, some pods of several cards, some of none."""
    draw = random.Random(seed)
    lines = ["name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec"]
    for number in range(pods):
        cards = draw.choices((0, 1, 2, 4, 8), (10, 80, 4, 3, 3))[0]
        milli = 0 if cards == 0 else 1000
        if cards == 1 and draw.random() < 0.6:
            milli = draw.choice((140, 250, 330, 500, 810))
        spec = draw.choice(MODELS) if cards == 1 and draw.random() < 0.2 else ""
        cpu = 1000 * draw.randint(1, 6) * max(1, cards)
        lines.append(f"pod-{number:05},{cpu},{4096 * max(1, cards)},{cards},{milli},{spec}")
    path.write_text("\n".join(lines) + "\n")
    return path


def simulate(
    *words: str | Path, environment: dict[str, str] | None = None, code: int | None = 0
) -> subprocess.CompletedProcess[str]:
    """`tangram simulate ...`; fails the test when it does not end with the code; with None
    both a yes (0) and a no (1) will do."""
    clean = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("TANGRAM_") and key != "JOB_COMPLETION_INDEX"
    }
    done = subprocess.run(
        [str(tangram_binary()), "simulate", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=clean | (environment or {}),
    )
    allowed = (0, 1) if code is None else (code,)
    assert done.returncode in allowed, f"ended with {done.returncode}:\n{done.stderr}"
    return done
