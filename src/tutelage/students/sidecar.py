"""A small JSON file beside a student's weights that says something of how it was trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tutelage.core.errors import StudentError

Told = TypeVar("Told")


def read_sidecar(path: Path, parse: Callable[[Any], Told], *, says: str, fix: str) -> Told | None:
    """What `parse` makes of the file, `None` without one; StudentError for one that does not say what it should.

    `parse` raises ValueError, KeyError or TypeError for what is damaged; `says` is what the file should say.
    """
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StudentError(f"this file does not say {says} ({error}).", where=str(path), fix=fix) from error


def write_sidecar(path: Path, value: Any) -> None:
    """Write the file."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
