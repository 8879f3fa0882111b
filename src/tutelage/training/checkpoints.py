"""Which checkpoint a training run goes on from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tutelage.storage.atomic import seal_folder
from tutelage.storage.manifest import is_intact

STATE = "trainer_state.json"


def seal_checkpoint(folder: Path) -> None:
    """Say that a checkpoint is whole: its files are on the disk, and listed with their digests."""
    seal_folder(folder)


def newest_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that can be gone on from, or `None`; half-written and damaged ones are removed.

    One whose best weights so far lay in another checkpoint needs that one too.
    """
    newest = None
    for path in sorted(folder.glob("checkpoint-*"), key=_update):
        if _is_whole(path):
            newest = path
        elif path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return newest


def _update(path: Path) -> int:
    number = path.name.rpartition("-")[2]
    return int(number) if number.isdecimal() else -1


def _is_whole(path: Path) -> bool:
    """Older ones are looked at first, so that a damaged best one is gone when the later ones ask for it."""
    if not is_intact(path):
        return False
    try:
        state: Any = json.loads((path / STATE).read_text(encoding="utf-8"))
        best = state.get("best_global_step")
    except (OSError, ValueError, AttributeError):
        return False
    return not best or (path.parent / f"checkpoint-{best}").is_dir()
