"""Files and folders that appear whole or not at all: written aside, synced, renamed."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tutelage.core.errors import UserError
from tutelage.storage.full_disk import full_disk_named
from tutelage.storage.manifest import is_intact, write_manifest
from tutelage.storage.permissions import as_the_umask_allows

ABANDONED_SECONDS = 24 * 3600
"""Longer than anything takes to be made ready."""
OWNER_ALONE = 0o600
"""How safetensors leaves its files."""


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to; it becomes `path` when the block ends well, and is removed when it does not.

    UserError before anything is written for a folder that lies in the file's place.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.new")
    for place in (path, aside):
        if place.is_dir():
            raise _wrong_kind(place, "this is a folder, where a file belongs.")
    try:
        with full_disk_named(path):
            yield aside
            sync(aside)
        aside.replace(path)
        sync(path.parent)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A new folder to fill; it becomes `path` (replacing what was there) when the block ends well.

    Its files are listed in it with their digests (see `is_intact`). UserError before anything is made for a file that
    lies in the folder's place.
    """
    aside = path.with_name(f".{path.name}.new")
    for place in (path, aside):
        if place.is_file():
            raise _wrong_kind(place, "this is a file, where a folder belongs.")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        with full_disk_named(path):
            yield aside
            seal_folder(aside)
    except Exception:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    replace_folder(path, aside)


def kept_folder(path: Path, make: Callable[[Path], object]) -> Path:
    """The folder of a cache that `make` has filled, now or earlier; one that is damaged is made again.

    Several processes may ask for it at once: each makes its own, and the first one stays.
    """
    if is_intact(path):
        return path
    _remove_abandoned(path)
    aside = path.with_name(f"{path.name}.{os.getpid()}.new")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        aside.mkdir(parents=True)
        with full_disk_named(path):
            make(aside)
            seal_folder(aside)
        if not is_intact(path):  # else another process was faster
            replace_folder(path, aside)
    except OSError:
        if not is_intact(path):
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return path


def write_whole(path: Path, text: str) -> None:
    """Write a small text file whole."""
    with whole_file(path) as aside:
        aside.write_text(text, encoding="utf-8")


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until a folder and all that is in it is on the disk."""
    for file in folder.rglob("*"):
        sync(file)
    sync(folder)


def seal_folder(folder: Path) -> None:
    """List the folder's files with their digests, and wait until all of it is on the disk.

    Weights that a library wrote for their owner alone can then be read by whom the umask allows.
    """
    for file in folder.rglob("*"):
        if stat.S_IMODE(file.lstat().st_mode) == OWNER_ALONE:
            as_the_umask_allows(file)
    write_manifest(folder)
    sync_folder(folder)


def replace_folder(path: Path, aside: Path) -> None:
    """Rename `aside` to `path`; what was there goes out of the way first, so that no half of it is ever seen."""
    old = path.with_name(f".{path.name}.{os.getpid()}.old")
    shutil.rmtree(old, ignore_errors=True)
    if path.is_dir():
        path.replace(old)
    aside.replace(path)
    sync(path.parent)
    shutil.rmtree(old, ignore_errors=True)


def _remove_abandoned(path: Path) -> None:
    """Remove what killed processes left beside the folder; by age, since a cache may be shared between machines."""
    for aside in (*path.parent.glob(f"{path.name}.*.new"), *path.parent.glob(f".{path.name}.*.old")):
        if time.time() - aside.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(aside, ignore_errors=True)


def _wrong_kind(place: Path, what: str) -> UserError:
    return UserError(what, where=str(place), fix="Move it away and give the same command again.")
