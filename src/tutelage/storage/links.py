"""A finished stage put in another place: its files are linked there, or copied if the file system has no links.

Linked files are never changed in place: a stage that is made again replaces its file.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tutelage.storage.atomic import whole_file, whole_folder
from tutelage.storage.manifest import MANIFEST
from tutelage.storage.stages import is_done_folder
from tutelage.storage.tables import is_readable_table


def link_stage(source: Path, path: Path, *, key: str) -> bool:
    """Whether the stage is at `path` now; it is not if `source` has none that is whole under the key."""
    if source.is_dir():
        return _link_folder(source, path, key)
    if not is_readable_table(source, key=key):
        return False
    rejected = source.with_suffix(".rejected.parquet")
    if rejected.is_file():
        _link_file(rejected, path.with_suffix(".rejected.parquet"))
    _link_file(source, path)
    path.with_suffix(".partial.jsonl").unlink(missing_ok=True)
    return True


def _link_folder(source: Path, path: Path, key: str) -> bool:
    if not is_done_folder(source, key=key):
        return False
    with whole_folder(path) as aside:
        for file in (file for file in source.rglob("*") if file.is_file() and file.name != MANIFEST):
            _link(file, aside / file.relative_to(source))
    return True


def _link_file(source: Path, path: Path) -> None:
    with whole_file(path) as aside:
        aside.unlink(missing_ok=True)
        _link(source, aside)


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
