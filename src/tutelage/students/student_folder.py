"""A student's folder: read into memory, written, and told by its signature."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tutelage.core.errors import MissingExtraError, StudentError, UserError
from tutelage.core.languages import Direction
from tutelage.core.signatures import content_key
from tutelage.students.causal_loading import load_causal_model, make_causal_student
from tutelage.students.causal_student import CausalStudent
from tutelage.students.families import CAUSAL, family_of
from tutelage.students.instructions import FILE, SHIPPED
from tutelage.students.kinds import AnyStudent
from tutelage.students.mask_tokens import read_mask_form, write_mask_form
from tutelage.students.model_folder import read_config
from tutelage.students.shots import write_shots
from tutelage.students.student import Student

WEIGHT_SUFFIXES = frozenset({".safetensors", ".json", ".spm", ".model", ".txt", ".jinja"})
SUMMARY = "training.json"
"""The story of the training beside a trained student: it tells seconds, and changes nothing of the student."""


def read_student(folder: Path, *, direction: Direction) -> AnyStudent:
    """The student in a folder, in float32; only safetensors, never code from the folder."""
    try:
        import transformers
    except ImportError as error:
        raise MissingExtraError("transformers", extra="train") from error
    family = family_of(read_model_type(folder))
    with quiet_transformers(), _told(folder):
        load = load_causal_model if family == CAUSAL else _load_model
        model = load(folder, transformers)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    if family == CAUSAL:
        return make_causal_student(model, tokenizer, direction=direction, folder=folder)
    return Student(model, tokenizer, family, direction, folder, read_mask_form(folder))


def load_tokenizer(folder: Path) -> Any:
    """A student's tokenizer alone; StudentError for one that is damaged."""
    import transformers

    with quiet_transformers(), _told(folder):
        return transformers.AutoTokenizer.from_pretrained(folder)


def read_model_type(folder: Path) -> str:
    """`model_type` of the folder's config."""
    return str(read_config(folder).get("model_type", ""))


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


def _load_model(folder: Path, transformers: Any) -> Any:
    import torch

    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(
        folder, dtype=torch.float32, use_safetensors=True, attn_implementation="eager"
    )
    return model.eval()


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
    if student.family == "marian":  # which may have been another one before
        student.tokenizer.source_lang = student.direction.source
        student.tokenizer.target_lang = student.direction.target
    with quiet_transformers():
        model.save_pretrained(folder)
        student.tokenizer.save_pretrained(folder)
    write_mask_form(student.mask_form, folder)
    if isinstance(student, CausalStudent):
        (folder / FILE).write_text(student.instruction + "\n", encoding="utf-8")
        write_shots(student.shots, folder)


def student_signature(folder: Path) -> str:
    """Content key of a student's folder: the same weights and vocabulary give the same signature anywhere.

    A causal student's instruction counts too: the shipped one by its name where the folder has none.
    """
    import hashlib

    digests = []
    for path in sorted(folder.iterdir()):
        if path.suffix in WEIGHT_SUFFIXES and path.name != SUMMARY:
            with path.open("rb") as stream:
                digests.append((path.name, hashlib.file_digest(stream, "sha256").hexdigest()))
    if _is_causal(folder) and not (folder / FILE).is_file():
        return content_key(digests, SHIPPED)
    return content_key(digests)


def _is_causal(folder: Path) -> bool:
    return (folder / "config.json").is_file() and family_of(read_model_type(folder)) == CAUSAL
