"""Students that are made ready once and kept in a cache: dequantised GGUF files, models with a merged adapter."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tutelage.core.errors import StudentError

READY = 1
"""Rises when a student would come out differently, so that older ones in the cache are left alone."""


def prepared_folder(name: str, key: str, *, make: Callable[[Path], None]) -> Path:
    """The folder that `make` has filled, now or earlier; it appears whole or not at all.

    It lies in `~/.cache/tutelage/students` (below XDG_CACHE_HOME where that is set).
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tutelage" / "students"
    folder = cache / f"{name}-{key}-{READY}"
    if (folder / "config.json").is_file():
        return folder
    aside = folder.with_name(f"{folder.name}.{os.getpid()}.new")
    try:
        aside.mkdir(parents=True, exist_ok=True)
        make(aside)
        aside.rename(folder)
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
        if not (folder / "config.json").is_file():  # else another process was faster
            raise StudentError(
                f"the student cannot be kept in the cache ({error.strerror or error}).",
                where=str(cache),
                fix="Make room there, or set XDG_CACHE_HOME to another folder.",
            ) from error
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return folder
