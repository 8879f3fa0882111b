"""A student's folder: read into memory, written, and told by its signature."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from tutelage.core.errors import MissingExtraError, StudentError, UserError
from tutelage.core.languages import Direction, base_language, normalise_language
from tutelage.core.signatures import content_key
from tutelage.storage.digests import file_digest
from tutelage.students.exports.export import FILE as EXPORT
from tutelage.students.kinds.kind import AnyStudent, BareModel
from tutelage.students.kinds.registry import student_kind
from tutelage.students.mask_tokens import write_mask_form
from tutelage.students.model_folder import require_model

WEIGHT_SUFFIXES = frozenset({".safetensors", ".json", ".spm", ".model", ".txt", ".jinja"})
OneStudent = TypeVar("OneStudent", bound=AnyStudent)
SUMMARY = "training.json"
"""The story of the training beside a trained student: it tells seconds, and changes nothing of the student."""


def read_student(folder: Path, *, direction: Direction) -> AnyStudent:
    """The student in a folder in float32; only safetensors, never code from the folder."""
    if find_spec("transformers") is None:
        raise MissingExtraError("transformers", extra="train")
    require_model(folder)
    kind = student_kind(folder)
    with quiet_transformers(), _told(folder):
        return kind.load(folder, direction=direction)


def read_bare_student(folder: Path, *, direction: Direction) -> AnyStudent:
    """The student in a folder of its config and its tokenizer alone, for an engine that has the weights."""
    if find_spec("transformers") is None:
        raise MissingExtraError("transformers", extra="train")
    kind = student_kind(folder)
    with quiet_transformers(), _told(folder):
        return kind.load_bare(folder, direction=direction)


def read_to_decode(folder: Path, *, direction: Direction) -> AnyStudent:
    """The student in a folder for an engine, which reads the weights (see `with_weights`) only if it needs them."""
    require_model(folder)
    return read_bare_student(folder, direction=direction)


def with_weights(student: OneStudent) -> OneStudent:
    """The same student with its weights, read from its folder in float32 if they have been left there."""
    bare = student.model
    if not isinstance(bare, BareModel):
        return student
    if bare.weights is None:
        bare.weights = read_student(student.origin, direction=student.direction).model
    return replace(student, model=bare.weights)


def leave_weights(student: AnyStudent) -> None:
    """Let go of the weights that `with_weights` read: an engine has its own copy of them by now."""
    if isinstance(student.model, BareModel):
        student.model.weights = None


def load_tokenizer(folder: Path) -> Any:
    """A student's tokenizer alone; StudentError for one that is damaged."""
    kind = student_kind(folder)
    with quiet_transformers(), _told(folder):
        return kind.load_tokenizer(folder)


def require_directions(folder: Path, directions: Iterable[Direction]) -> None:
    """StudentError for a student that cannot be told one of the directions; only its tokenizer is loaded."""
    kind = student_kind(folder)
    problem = kind.asking_problem(folder)
    if problem:
        raise StudentError(f"this student does not suit: {problem}", where=str(folder))
    tokenizer = load_tokenizer(folder)
    for direction in directions:
        kind.require_direction(tokenizer, direction)


def require_own_direction(folder: Path, direction: Direction) -> None:
    """StudentError for a student of another direction that cannot be told this one, and so would write its own."""
    kind = student_kind(folder)
    own = kind.said_direction(folder)
    if own is None or kind.asking_problem(folder) is None:
        return
    if [base_language(code) for code in (own.source, own.target)] != [
        base_language(normalise_language(code)) for code in (direction.source, direction.target)
    ]:
        raise StudentError(
            f"this student translates {own}, and cannot be told {direction}.",
            where=str(folder),
            fix=f"Give --source {own.source} --target {own.target}, or another student. If its files say it wrong, "
            "change source_lang and target_lang in its tokenizer_config.json.",
        )


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """StudentError for whatever a damaged file makes the libraries raise."""
    try:
        yield
    except UserError:
        raise
    except BaseException as error:
        # the tokenizers' library, written in Rust, panics with an exception of its own that is no Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise StudentError(
            f"the student cannot be loaded: {_first_line(error)}",
            where=str(folder),
            fix="A student's folder holds config.json, model.safetensors and the tokenizer's files.",
        ) from error


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Without transformers' own progress bars and advice, which would cut through ours."""
    from transformers.utils import logging

    shown, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*(sacremoses|tied weights|gradient_checkpointing).*")
        try:
            yield
        finally:
            logging.set_verbosity(verbosity)
            if shown:
                logging.enable_progress_bar()


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def save_student(student: AnyStudent, folder: Path, *, half: bool = False) -> None:
    """Write model and tokenizer as a folder that transformers and CTranslate2 read; an adapter is merged first.

    A causal student's chat template, instruction and demonstrations go with it; a Marian's folder names its direction.

    `half` stores the weights in float16, which halves the file and is read back as float32.
    """
    import torch

    model = student.model
    if hasattr(model, "merge_and_unload"):
        model = model.merge_and_unload()
    if half:
        import copy

        model = copy.deepcopy(model).to(torch.float16)
    with quiet_transformers():
        model.save_pretrained(folder)
        student.save_tokenizer(folder)
    write_mask_form(student.mask_form, folder)


def student_signature(folder: Path) -> str:
    """Content key of a student's folder: the same weights and vocabulary give the same signature anywhere.

    What it is asked by counts too: a chat model's shipped instruction by its name if the folder has none.
    """
    told = (path for path in sorted(folder.iterdir()) if path.suffix in WEIGHT_SUFFIXES)
    digests = [(path.name, file_digest(path)) for path in told if path.name not in (SUMMARY, EXPORT)]
    beside = student_kind(folder).signed_beside(folder) if (folder / "config.json").is_file() else ()
    return content_key(digests, *beside)
