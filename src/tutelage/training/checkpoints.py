"""Which checkpoint a training run goes on from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

STATE = "trainer_state.json"
"""The last file that transformers writes into a checkpoint."""


def newest_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that is whole, or none; half-written ones of a killed run are removed."""
    newest = None
    for path in sorted(folder.glob("checkpoint-*"), key=_update):
        if _is_whole(path):
            newest = path
        else:
            shutil.rmtree(path)
    return newest


def _update(path: Path) -> int:
    number = path.name.rpartition("-")[2]
    return int(number) if number.isdecimal() else -1


def _is_whole(path: Path) -> bool:
    try:
        json.loads((path / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True
