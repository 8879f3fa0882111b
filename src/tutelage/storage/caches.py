"""Caches of folders on disk that stay within a size: what was used least lately goes first."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tutelage.storage.atomic import kept_folder

LARGEST = 20 * 2**30
"""Bytes that a cache may hold; one entry that is larger stays alone."""


def cached_folder(path: Path, make: Callable[[Path], object], *, largest: int = LARGEST) -> Path:
    """As `kept_folder`, in a cache that is the folder around it.

    Other entries make room for a new one, those first that nobody has asked for the longest. A process that has read
    such an entry goes on with it; the next that asks for it makes it anew.
    """
    is_new = not path.exists()
    kept_folder(path, make)
    with suppress(OSError):  # a cache that may only be read remembers no use
        os.utime(path)
    if is_new:
        _trim(path.parent, kept=path, largest=largest)
    return path


def _trim(cache: Path, *, kept: Path, largest: int) -> None:
    room = largest - _size(kept)
    others = [entry for entry in cache.iterdir() if entry.is_dir() and entry != kept and entry.suffix != ".new"]
    for entry in sorted(others, key=_last_use, reverse=True):
        room -= _size(entry)
        if room < 0:
            shutil.rmtree(entry, ignore_errors=True)


def _last_use(entry: Path) -> float:
    try:
        return entry.stat().st_mtime
    except OSError:  # another process removed it
        return 0.0


def _size(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with suppress(OSError):
            total += file.lstat().st_size
    return total
