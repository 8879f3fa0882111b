"""What is in a file, told by its SHA-256: read once for as long as it stays the same, a large file by all processes.

Weights of 7 GB take seven seconds, and a command that decodes with them asks three or four times. That a file is the
same is told as git tells it: by its size, its place on the disk, and when its content and its entry were changed.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from hashlib import file_digest as read_digest
from hashlib import sha256
from pathlib import Path

from tutelage.storage.cache_home import cache_home

LARGE = 64 * 2**20
"""Bytes from which on other processes are told: smaller files are read about as fast as what is known of them."""
SETTLED_SECONDS = 2.0
"""A file that was changed since may change again without a later time: some file systems count in such steps."""

State = list[int]
_known: dict[Path, tuple[State, str]] = {}


def file_digest(file: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal digits."""
    path = file.absolute()
    state = _state(path)
    known = _known.get(path) or _recall(path, state)
    if known is not None and known[0] == state:
        _known[path] = known
        return known[1]
    settled = time.time() - max(state[1:3]) / 1e9 >= SETTLED_SECONDS
    with path.open("rb") as stream:
        digest = read_digest(stream, "sha256").hexdigest()
    if settled and _state(path) == state:
        _known[path] = state, digest
        _tell(path, state, digest)
    return digest


def _state(path: Path) -> State:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev]


def _recall(path: Path, state: State) -> tuple[State, str] | None:
    """What another process has read."""
    if state[0] >= LARGE:
        with suppress(OSError, ValueError, TypeError, KeyError):
            told = json.loads(_note(path).read_text(encoding="utf-8"))
            return list(told["state"]), str(told["sha256"])
    return None


def _tell(path: Path, state: State, digest: str) -> None:
    if state[0] < LARGE:
        return
    note = _note(path)
    aside = note.with_suffix(f".{os.getpid()}.new")
    with suppress(OSError):  # a cache that may only be read, or a full disk: then it is read again
        note.parent.mkdir(parents=True, exist_ok=True)
        _forget_lost(note.parent)
        aside.write_text(json.dumps({"file": str(path), "state": state, "sha256": digest}), encoding="utf-8")
        aside.replace(note)


def _note(path: Path) -> Path:
    return cache_home("digests") / f"{sha256(os.fsencode(path)).hexdigest()[:32]}.json"


def _forget_lost(folder: Path) -> None:
    """Remove what is told of files that are no longer there."""
    for note in folder.glob("*.json"):
        with suppress(OSError, ValueError, TypeError, KeyError):
            if not Path(json.loads(note.read_text(encoding="utf-8"))["file"]).exists():
                note.unlink()
