"""Where engines keep the students that they have converted: one cache for every command, named by the weights."""

from __future__ import annotations

import os
from pathlib import Path

from tutelage.core.errors import UserError
from tutelage.storage.cache_home import cache_home

IN_RUN = "conversions"
"""The folder inside a run, where the cache cannot be written."""


def conversion_cache(*, run: Path | None = None) -> Path:
    """`~/.cache/tutelage/conversions` (below XDG_CACHE_HOME if that is set), made if it is not there.

    Where it cannot be written, the folder `conversions` of the run; UserError if there is no run either.
    """
    folder = cache_home("conversions")
    reason = _why_not_writable(folder)
    if reason and run is not None:
        folder = run / IN_RUN
        reason = _why_not_writable(folder)
    if reason:
        fix = "Set XDG_CACHE_HOME to a folder that can be written."
        raise UserError(f"the cache folder cannot be written ({reason}).", where=str(folder), fix=fix)
    return folder


def _why_not_writable(folder: Path) -> str:
    """Why files cannot be made in the folder, which is made if it is not there; empty if they can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return error.strerror or str(error)
    return "" if os.access(folder, os.W_OK | os.X_OK) else "Permission denied"
