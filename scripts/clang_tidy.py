#!/usr/bin/env python3
"""Runs clang-tidy over the C++ files that changed, two at a time.

Called by clang-tidy.sh, which makes the compile commands in build/clang-tidy first.

A translation unit is checked when it, or a header it includes from this repository, or
.clang-tidy has changed since the base. A unit that was clean is remembered in
${XDG_CACHE_HOME:-~/.cache}/tangram-clang-tidy under a digest of everything that went into it
(its own text, the headers of this repository, the checks, the compile command, the tool's
version), so it is not checked again, from whatever checkout, until one of these changes.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "clang-tidy"
TOOL = "clang-tidy-14"
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def git(*arguments):
    """Returns what git prints, or None when it fails."""
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def default_base():
    """Returns the commit that the working tree is compared with, and why it.

    On a branch it is where the branch left origin/main; on main itself the commit before the newest
    one, so that main checks what each commit brings. Without either, all files are checked.
    """
    head = git("rev-parse", "HEAD")
    merge_base = git("merge-base", "HEAD", "origin/main")
    if merge_base is not None and merge_base != head:
        return merge_base, "where this branch left origin/main"
    before = git("rev-parse", "--verify", "--quiet", "HEAD~1")
    if before is not None:
        return before, "the commit before the newest"
    return None, "there is one commit only"


def changed_since(base):
    """Returns the paths, relative to the root, that differ from `base` in the working tree."""
    listed = git("diff", "--name-only", "-z", base)
    if listed is None:
        sys.exit(f"error: git cannot compare with '{base}'")
    untracked = git("ls-files", "-z", "--others", "--exclude-standard") or ""
    return {name for name in (listed + "\0" + untracked).split("\0") if name}


class Headers:
    """Which files of this repository a file includes, directly or through others."""

    def __init__(self):
        self._direct = {}

    def _includes(self, name):
        if name not in self._direct:
            text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
            found = (n for n in INCLUDE.findall(text) if (ROOT / n).is_file())
            self._direct[name] = sorted(set(found))
        return self._direct[name]

    def closure(self, name):
        """Returns `name` and everything it includes from this repository, sorted."""
        seen, waiting = set(), [name]
        while waiting:
            current = waiting.pop()
            if current not in seen:
                seen.add(current)
                waiting.extend(self._includes(current))
        return sorted(seen)


def configuration_files(name):
    """Returns the .clang-tidy files that apply to `name`, outermost first."""
    folders = [ROOT, *(ROOT / p for p in reversed(pathlib.PurePath(name).parents) if str(p) != ".")]
    return [folder / ".clang-tidy" for folder in folders if (folder / ".clang-tidy").is_file()]


def digest_of(name, command, version, headers):
    """Returns the digest of all that decides what clang-tidy says of one translation unit."""
    digest = hashlib.sha256(f"{version}\0{command.replace(str(ROOT), '.')}\0".encode())
    for path in [*configuration_files(name), *(ROOT / n for n in headers.closure(name))]:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def check(name):
    """Runs clang-tidy on one unit. Returns (name, whether clean, output, seconds)."""
    began = time.monotonic()
    command = [TOOL, "--quiet", f"-p={BUILD}", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    noise = re.compile(r"^\d+ warnings?.*(generated|treated as error)")
    said = (done.stdout + "\n" + done.stderr).splitlines()
    output = "\n".join(line for line in said if not noise.match(line)).strip()
    return name, done.returncode == 0, output, time.monotonic() - began


def units_to_check(arguments, headers):
    """Returns the translation units of the compile database that the arguments select, each with
    its compile command, and says which and why."""
    database = json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8"))
    commands = {os.path.relpath(entry["file"], ROOT): entry["command"] for entry in database}
    if arguments.all:
        base, why = None, "--all was given"
    elif arguments.base:
        base, why = arguments.base, "--base was given"
    else:
        base, why = default_base()
    if base is None:
        print(f"All {len(commands)} translation units, because {why}.")
        return commands
    changed = changed_since(base)
    selected = {
        name: command
        for name, command in commands.items()
        if not changed.isdisjoint(headers.closure(name))
        or any(str(p.relative_to(ROOT)) in changed for p in configuration_files(name))
    }
    print(f"{len(selected)} of {len(commands)} translation units are touched by the changes "
          f"since {base[:12]} ({why}).")
    return selected


def check_all(due, arguments, remember):
    """Checks the units, printing as they end, until all are done or the time is up. Calls
    `remember` with the name of each clean one. Returns (how many had findings, how many are left).
    """
    limit = arguments.minutes * 60 if arguments.minutes else float("inf")
    deadline = time.monotonic() + limit

    def check_in_time(name):
        return check(name) if time.monotonic() < deadline else None

    failed = number = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, arguments.jobs)) as pool:
        futures = [pool.submit(check_in_time, name) for name in due]
        for future in concurrent.futures.as_completed(futures):
            if future.result() is None:
                continue
            number += 1
            name, clean, output, seconds = future.result()
            verdict = "clean" if clean else "FINDINGS"
            print(f"[{number}/{len(due)}] {name}: {verdict} ({seconds:.0f} s)", flush=True)
            if clean:
                remember(name)
            else:
                failed += 1
                print(output, flush=True)
    return failed, len(due) - number


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/clang-tidy.sh",
        description="Runs clang-tidy 14 over the C++ files that changed since a base.",
        epilog="The base is where the branch left origin/main; on main itself, the commit before "
        "the newest one; without any, all files are checked.",
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--all", action="store_true", help="check every file")
    choice.add_argument("--base", metavar="REV", help="check what changed since this commit")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1),
                        help="how many at once (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=0, metavar="N",
                        help="begin no unit after N minutes and say how many are left; what was "
                        "clean until then is not checked again (default: no limit)")
    parser.add_argument("--no-cache", action="store_true",
                        help="check even what was clean before and has not changed")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    headers = Headers()
    commands = units_to_check(arguments, headers)
    version = subprocess.run([TOOL, "--version"], capture_output=True, text=True, check=True).stdout
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    cache = pathlib.Path(home) / "tangram-clang-tidy"
    cache.mkdir(parents=True, exist_ok=True)

    stamps = {n: cache / digest_of(n, c, version, headers) for n, c in commands.items()}
    due = [n for n in commands if arguments.no_cache or not stamps[n].exists()]
    if len(due) < len(commands):
        print(f"{len(commands) - len(due)} of them were clean before and have not changed.")
    # The product first: when time is short, the tests are what is left for the next run.
    due.sort(key=lambda name: (name.startswith("tests/"), name))
    failed, left = check_all(due, arguments, lambda name: stamps[name].touch())
    if failed:
        sys.exit(f"error: clang-tidy has findings in {failed} of {len(due)} translation units")
    if left:
        print(f"Time is up: {left} translation units are left for the next run.")
    print("clang-tidy has no findings.")


if __name__ == "__main__":
    main()
