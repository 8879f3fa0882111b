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
    """What a sweep says of itself; none where there is no sweep, or its file cannot be read."""
    with suppress(OSError, ValueError):
        state = json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))
        if isinstance(state, dict):
            return state
    return None
