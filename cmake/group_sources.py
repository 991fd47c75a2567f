#!/usr/bin/env python3
"""Writes files that include several sources of one library each, and prints their paths.

cmake/together.cmake calls it. Compiling a group parses the headers that its sources share once,
which is most of the work of a first build. Names of unnamed namespaces meet in a group, so that
sources which use one name for two things go to different groups. What is written names no folder
outside the tree, so that a compiler cache knows it in every checkout.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

# At the first column of an unnamed namespace: types, and functions and values behind their type.
TYPE = re.compile(r"(?:template <.*> )?(?:struct|class|enum class|enum|union) (\w+)")
ALIAS = re.compile(r"using (\w+) =")
IMPORT = re.compile(r"using ([\w:]+)::(\w+);")
VALUE = re.compile(r"(?![}/#])[^({=;]*?\b(\w+)(?:\[[^\]]*\])*\s*[({=;]")
MACRO = re.compile(r"#define (\w+)")
ROOM = re.compile(r"namespace ([\w:]+) \{")


def names_of(text: str) -> dict[str, str]:
    """The names that only this source means, with what they stand for where that is told."""
    names: dict[str, str] = {}
    unnamed = False
    for line in text.splitlines():
        if line == "namespace {":
            unnamed = True
        elif line.startswith("}  // namespace"):
            unnamed = False
        elif macro := MACRO.match(line):
            names[macro.group(1)] = ""
        elif imported := IMPORT.match(line):
            names[imported.group(2)] = imported.group(1)
        elif unnamed or line.startswith("static "):
            if line.startswith((" ", "static_assert")):
                continue
            found = TYPE.match(line) or ALIAS.match(line) or VALUE.match(line)
            # Macros that are used look like functions; theirs are capitals.
            if found and not found.group(1).isupper():
                names[found.group(1)] = ""
    return names


def public_names(root: Path) -> dict[str, set[str]]:
    """What headers declare, by namespace."""
    names: dict[str, set[str]] = {}
    for folder in ("model", "scheduler", "api"):
        for path in (root / folder).rglob("*.h"):
            room = ""
            for line in path.read_text().splitlines():
                if opened := ROOM.match(line):
                    room = opened.group(1)
                elif line[:1].isalpha() and not line.startswith(("namespace", "static_assert")):
                    found = TYPE.match(line) or ALIAS.match(line) or VALUE.match(line)
                    if found:
                        names.setdefault(room, set()).add(found.group(1))
    return names


def stands_alone(text: str, public: dict[str, set[str]]) -> bool:
    """Whether a name of its own means something else in a header that others may include."""
    own = {name for name, meant in names_of(text).items() if not meant}
    return any(own & public.get(room, set()) for room in ROOM.findall(text))


def grouped(sources: list[tuple[str, str]], group_bytes: int) -> list[list[str]]:
    """Neighbours together, as far as names allow; `sources` are paths with their texts."""
    total = sum(len(text) for _, text in sources)
    count = max(1, round(total / group_bytes))
    groups: list[list[str]] = [[] for _ in range(count)]
    taken: list[dict[str, str]] = [{} for _ in range(count)]
    before = 0
    for path, text in sources:
        names = names_of(text)
        wish = min(count - 1, before * count // max(1, total))
        before += len(text)
        free = [
            at for at in range(len(groups))
            if all(taken[at].get(name, meant or "?") == (meant or "!")
                   for name, meant in names.items() if name in taken[at])
        ]
        if not free:
            groups.append([])
            taken.append({})
            free = [len(groups) - 1]
        at = min(free, key=lambda at: (abs(at - wish), at))
        groups[at].append(path)
        taken[at].update(names)
    return [group for group in groups if group]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True, help="what includes are relative to")
    parser.add_argument("--out", required=True, help="path of the files, without number and suffix")
    parser.add_argument("--bytes", type=int, required=True, help="of the sources of one group")
    parser.add_argument("sources", nargs="+", type=Path)
    options = parser.parse_args()
    sources = sorted(
        (path.relative_to(options.root).as_posix(), path.read_text()) for path in options.sources
    )
    public = public_names(options.root)
    alone = [[path] for path, text in sources if stands_alone(text, public)]
    others = [(path, text) for path, text in sources if not stands_alone(text, public)]
    made = []
    for number, group in enumerate(grouped(others, options.bytes) + alone):
        path = Path(f"{options.out}_{number}.cc")
        text = "".join(f'#include "{one}"\n' for one in group)
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        made.append(path.as_posix())
    print(";".join(made), end="")


if __name__ == "__main__":
    main()
