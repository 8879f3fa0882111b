"""The masks that a student's vocabulary keeps whole, declared by a small file beside its weights."""

from __future__ import annotations

import json
from pathlib import Path

from tutelage.core.errors import StudentError
from tutelage.core.protection.masks import LETTERS, MaskForm

FILE = "masks.json"
"""Beside a student that was trained with mask tokens; one without it is given masks of letters."""


def read_mask_form(folder: Path) -> MaskForm:
    """How the student in the folder is given masks; StudentError if its file is damaged."""
    try:
        tokens = json.loads((folder / FILE).read_text(encoding="utf-8"))["tokens"]
        if not (isinstance(tokens, list) and tokens and all(isinstance(one, str) and one.strip() for one in tokens)):
            raise ValueError("its tokens must be a list of texts")
    except FileNotFoundError:
        return LETTERS
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StudentError(
            f"this file does not say which mask tokens the student knows ({error}).",
            where=str(folder / FILE),
            fix="Take it from the run that trained the student, or remove it to write masks in letters.",
        ) from error
    return MaskForm(tuple(tokens))


def write_mask_form(form: MaskForm, folder: Path) -> None:
    """Declare the student's mask tokens; nothing is written for masks of letters."""
    if form.tokens:
        text = json.dumps({"tokens": form.tokens}, ensure_ascii=False, indent=1)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")
