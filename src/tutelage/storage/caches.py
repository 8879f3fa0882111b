"""Caches of folders on disk that stay within a size and leave the disk room: what was used least lately goes first."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tutelage.storage.atomic import kept_folder

LARGEST = 20 * 2**30
"""Bytes that a cache may hold; one entry that is larger stays alone."""
SPARE = 5 * 2**30
"""Bytes that it leaves free on its disk, for what runs write."""


def cached_folder(path: Path, make: Callable[[Path], object], *, largest: int = LARGEST) -> Path:
    """As `kept_folder`, in a cache that is the folder around it.

    Other entries make room for a new one, those first that nobody has asked for the longest: before it is made as far
    as the disk is short of `SPARE`, and once its size is known. A process that has read such an entry goes on with it;
    the next that asks for it makes it anew.
    """
    is_new = not path.exists()
    if is_new and path.parent.is_dir():
        _trim(path.parent, kept=path, largest=largest)
    kept_folder(path, make)
    with suppress(OSError):  # a cache that may only be read remembers no use
        os.utime(path)
    if is_new:
        _trim(path.parent, kept=path, largest=largest)
    return path


def _trim(cache: Path, *, kept: Path, largest: int) -> None:
    others = {entry: _size(entry) for entry in cache.iterdir() if _is_entry(entry) and entry != kept}
    on_disk = shutil.disk_usage(cache).free - SPARE + sum(others.values())
    room = min(largest - _size(kept), on_disk)
    for entry in sorted(others, key=_last_use, reverse=True):
        room -= others[entry]
        if room < 0:
            shutil.rmtree(entry, ignore_errors=True)


def _is_entry(path: Path) -> bool:
    """Whether it is whole: what a process is making is none yet."""
    return path.is_dir() and path.suffix != ".new"


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
