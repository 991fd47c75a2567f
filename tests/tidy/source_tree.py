"""Which files the tidy rules look at: what git tracks and what it would track."""

import dataclasses
import functools
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
_SKIPPED_FOLDERS = {".git", "build", ".cache", "__pycache__", ".pytest_cache"}


@dataclasses.dataclass(frozen=True)
class Source:
    """One file: its path from the root with forward slashes, its text, whether it may be run."""

    path: str
    text: str
    executable: bool = False

    @functools.cached_property
    def lines(self):
        """The lines, without their ends."""
        return self.text.split("\n")


def _walk():
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED_FOLDERS)
        for name in sorted(names):
            yield (pathlib.Path(folder) / name).relative_to(ROOT).as_posix()


def paths():
    """Returns the paths of all files. An unpacked archive, which has no git, is walked instead."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        listed = [name for name in done.stdout.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        listed = list(_walk())
    return sorted(name for name in set(listed) if (ROOT / name).is_file())


def read_all():
    """Returns every text file of the tree; a file that is not UTF-8 text is left out."""
    sources = []
    for path in paths():
        data = (ROOT / path).read_bytes()
        if b"\0" in data[:4096]:
            continue
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            continue
        sources.append(Source(path, text, os.access(ROOT / path, os.X_OK)))
    return sources
