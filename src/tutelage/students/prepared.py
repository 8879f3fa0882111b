"""Students that are made ready once and kept in a cache: dequantised GGUF files, models with a merged adapter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tutelage.core.errors import StudentError
from tutelage.storage.cache_home import cache_home
from tutelage.storage.caches import cached_folder

READY = 2
"""Rises when a student would come out differently, so that older ones in the cache are left alone."""


def prepared_folder(name: str, key: str, *, make: Callable[[Path], None]) -> Path:
    """The folder that `make` has filled, now or earlier; it appears whole or not at all, and is made again if damaged.

    It lies in `~/.cache/tutelage/students` (below XDG_CACHE_HOME if that is set).
    """
    cache = cache_home("students")
    try:
        return cached_folder(cache / f"{name}-{key}-{READY}", make)
    except OSError as error:
        raise StudentError(
            f"the student cannot be kept in the cache ({error.strerror or error}).",
            where=str(cache),
            fix="Make room there, or set XDG_CACHE_HOME to another folder.",
        ) from error
