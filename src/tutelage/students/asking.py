"""Whether a student can be told a direction, seen by its folder: its family, its instruction, its vocabulary."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.students.families import CAUSAL, family_of, set_languages, source_prefix
from tutelage.students.instructions import names_source, names_target, read_instruction
from tutelage.students.student_folder import load_tokenizer, read_model_type

TAKE_ANOTHER = "Take NLLB, M2M-100, mBART, a multilingual Marian, T5, or a chat model."


def asking_problem(folder: Path, *, instruction: str | None = None) -> str | None:
    """Why the student in a folder cannot be told a direction, or none; nothing is loaded.

    `instruction` is a template that takes the place of its own.
    """
    family = family_of(read_model_type(folder))
    if family == CAUSAL and not names_target(instruction or read_instruction(folder)):
        return "its instruction does not name {target_language}, so every direction would be asked alike."
    if family == "bart" or (family == "marian" and not _has_target_tokens(folder)):
        return f"it translates in one direction and cannot be told another. {TAKE_ANOTHER}"
    return None


def says_source(folder: Path) -> bool:
    """Whether the student is told the source's language too, and not the target's alone."""
    family = family_of(read_model_type(folder))
    if family == CAUSAL:
        return names_source(read_instruction(folder))
    return family != "marian"


def require_directions(folder: Path, directions: Sequence[Direction]) -> None:
    """StudentError for a student that cannot be told one of the directions; only its tokenizer is loaded."""
    problem = asking_problem(folder)
    if problem:
        raise StudentError(f"this student does not suit: {problem}", where=str(folder))
    family = family_of(read_model_type(folder))
    if family == CAUSAL:
        return
    tokenizer = load_tokenizer(folder)
    for direction in directions:
        set_languages(family, tokenizer, direction)
        source_prefix(family, tokenizer, direction)


def _has_target_tokens(folder: Path) -> bool:
    """Whether a Marian vocabulary has `>>xxx<<` tokens."""
    path = folder / "vocab.json"
    if not path.is_file():
        return False
    try:
        pieces = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise StudentError(f"this is not JSON: {error}.", where=str(path), fix="Is the download whole?") from error
    return isinstance(pieces, dict) and any(piece.startswith(">>") and piece.endswith("<<") for piece in pieces)
