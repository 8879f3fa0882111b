"""`sweep.json`: what a sweep says of itself, for those who only look."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

STATE_FILE = "sweep.json"
WAITING, RUNNING, STOPPED, DONE, FAILED = "waiting", "running", "stopped", "done", "failed"
"""How far a point is. A sweep that ended is done, or failed where a point did."""


def read_sweep_state(folder: Path) -> dict[str, Any] | None:
    """What a sweep says of itself; `None` if there is no sweep, or its file cannot be read."""
    with suppress(OSError, ValueError, RecursionError):
        state = json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))
        if isinstance(state, dict) and _is_sound(state):
            return state
    return None


def _is_sound(state: dict[str, Any]) -> bool:
    """Whether what others read in it has the right shape."""
    points = state.get("points", [])
    tables = [state.get("grid", {}), state.get("begun", {}), *(points if isinstance(points, list) else [None])]
    return all(isinstance(table, dict) for table in tables)
