"""The masks that a student's vocabulary keeps whole, declared by a small file beside its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tutelage.core.protection.masks import LETTERS, MaskForm
from tutelage.students.sidecar import read_sidecar, write_sidecar

FILE = "masks.json"
"""Beside a student that was trained with mask tokens; one without it is given masks of letters."""


def read_mask_form(folder: Path) -> MaskForm:
    """How the student in the folder is given masks; StudentError if its file is damaged."""
    form = read_sidecar(
        folder / FILE,
        _parse,
        says="which mask tokens the student knows",
        fix="Take it from the run that trained the student, or remove it to write masks in letters.",
    )
    return LETTERS if form is None else form


def _parse(stored: Any) -> MaskForm:
    tokens = stored["tokens"]
    if not (isinstance(tokens, list) and tokens and all(isinstance(one, str) and one.strip() for one in tokens)):
        raise ValueError("its tokens must be a list of texts")
    return MaskForm(tuple(tokens))


def write_mask_form(form: MaskForm, folder: Path) -> None:
    """Declare the student's mask tokens; nothing is written for masks of letters."""
    if form.tokens:
        write_sidecar(folder / FILE, {"tokens": form.tokens})
