"""Licence and card of the student that a run began with, as its folder has them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tutelage.core.errors import UserError
from tutelage.core.recipe import StudentSettings
from tutelage.students.exports.export import CARD, FIRST_CARD, LICENCE
from tutelage.students.loading import locate_student

_FRONT_MATTER = re.compile(r"^licen[sc]e:\s*[\"']?([\w.+-]+)", re.MULTILINE | re.IGNORECASE)
_TABLE_ROW = re.compile(r"^\|\s*Licen[sc]e[^|]*\|\s*([^|\n]+?)\s*\|", re.MULTILINE | re.IGNORECASE)
_FILES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "COPYING")


def licence_of(student: StudentSettings) -> str | None:
    """What the card of the first student says its licence is; `None` for one that says nothing."""
    folder = _folder_of(student)
    if folder is None:
        return None
    try:
        card = (folder / CARD).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    found = _FRONT_MATTER.search(card) or _TABLE_ROW.search(card)
    return found[1] if found else None


def copy_papers(student: StudentSettings, folder: Path) -> None:
    """The licence's text and the card of the first student, if it has them beside its weights."""
    origin = _folder_of(student)
    if origin and (origin / CARD).is_file():
        shutil.copyfile(origin / CARD, folder / FIRST_CARD)
    found = [origin / name for name in _FILES if (origin / name).is_file()] if origin else []
    if found:
        shutil.copyfile(found[0], folder / LICENCE)


def _folder_of(student: StudentSettings) -> Path | None:
    """Where the first student lies; `None` for a new one, and for one that is no longer there."""
    if student.model is None:
        return None
    try:
        return locate_student(student.model)
    except UserError:
        return None
