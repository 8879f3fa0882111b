"""Where everything lies that is kept for all runs and commands of a user, and may be deleted at any time."""

from __future__ import annotations

import os
from pathlib import Path


def cache_home(kind: str) -> Path:
    """`~/.cache/tutelage/KIND`, below XDG_CACHE_HOME if that is set; it may not be there yet."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tutelage" / kind
