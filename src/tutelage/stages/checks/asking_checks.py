"""Checks of how a student is asked: instruction, demonstrations, contrastive decoding. No weights are loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tutelage.core.errors import UserError
from tutelage.core.recipe import ContrastiveSettings, Recipe, ShotsSettings, TextsSettings
from tutelage.corpora.texts import Texts
from tutelage.stages.checks.student_checks import is_hub_name
from tutelage.stages.shots import asked_directions, source_of_shots
from tutelage.students.asking import asking_problem
from tutelage.students.families import SEQ2SEQ_FAMILIES, family_of
from tutelage.students.gguf import is_gguf
from tutelage.students.instructions import find_instruction
from tutelage.students.loading import locate_student
from tutelage.students.student_folder import read_model_type

NOT_ASKED = "is for chat models; an encoder–decoder student is given the text alone."


def asking_problems(recipe: Recipe) -> list[str]:
    """Templates that are not there, demonstrations without text, students that cannot be asked so."""
    student, contrastive = recipe.student, recipe.evaluation.contrastive
    found = [*_instruction_problems(recipe)]
    if student.shots is not None:
        found += shots_problems(student.shots, recipe, place="student.shots")
    if contrastive is not None:
        found += contrastive_problems(contrastive, recipe, place="evaluation.contrastive")
    return found


def shots_problems(settings: ShotsSettings, recipe: Recipe, *, place: str) -> list[str]:
    """An encoder–decoder student, directions without text, and text that lacks a direction."""
    if is_seq2seq(recipe):
        return [f"{place}: it {NOT_ASKED}"]
    directions = asked_directions(recipe)
    without = [str(one) for one in directions if source_of_shots(recipe, settings, one) is None]
    if without:
        return [
            f"{place}.path: missing, and there is no text to train on for {', '.join(without)}. Name parallel text "
            "that demonstrations can be drawn from."
        ]
    if settings.path is None:
        return []
    named = [one for one in directions if source_of_shots(recipe, settings, one) == settings.path]
    texts = (Texts(TextsSettings(parallel=settings.path.model_copy(update={"limit": None})), one) for one in named)
    return [problem for each in texts for problem in _unreadable(each, place=f"{place}.path")]


def contrastive_problems(settings: ContrastiveSettings, recipe: Recipe, *, place: str) -> list[str]:
    """An engine that has none, and a student that cannot be told a language."""
    del settings  # its values were checked when it was read
    found = []
    if recipe.student.engine == "ctranslate2":
        found.append(f'{place}: it is done by transformers; set student.engine = "auto".')
    fresh = recipe.student.fresh
    if fresh is not None and not fresh.languages:
        return [*found, f"{place}: a new student without student.fresh.languages cannot be told a language."]
    folder = student_folder(recipe)
    problem = None if folder is None else _why_not_told(folder, recipe.student.instruction)
    return found if problem is None else [*found, f"{place}: the student does not suit: {problem}"]


def is_seq2seq(recipe: Recipe) -> bool:
    """Whether the recipe's student is known to be no chat model."""
    if recipe.student.fresh is not None:
        return True
    folder = student_folder(recipe)
    try:
        return folder is not None and family_of(read_model_type(folder)) in SEQ2SEQ_FAMILIES.values()
    except (UserError, OSError):  # told among the student's own problems
        return False


def student_folder(recipe: Recipe) -> Path | None:
    """The student's folder where it is on this machine and a model folder already."""
    model = recipe.student.model
    if model is None or is_hub_name(model) or is_gguf(model):
        return None
    try:
        folder = locate_student(model)
        return folder if family_of(read_model_type(folder)) else None
    except (UserError, OSError, ValueError):  # told among the student's own problems
        return None


def replaced_instruction(name: str | None) -> str | None:
    """The template that takes the place of the student's own; none where none is named, or it cannot be read."""
    try:
        return None if name is None else find_instruction(name)
    except (UserError, OSError):  # told as a problem of the instruction
        return None


def _instruction_problems(recipe: Recipe) -> Iterator[str]:
    name = recipe.student.instruction
    if name is None:
        return
    if is_seq2seq(recipe):
        yield f"student.instruction: it {NOT_ASKED}"
    try:
        find_instruction(name)
    except UserError as error:
        yield f"student.instruction: {error}"
    except OSError as error:
        yield f"student.instruction: '{name}' cannot be read ({error.strerror})."


def _why_not_told(folder: Path, instruction: str | None) -> str | None:
    try:
        return asking_problem(folder, instruction=replaced_instruction(instruction))
    except (UserError, OSError, ValueError):  # told among the student's own problems
        return None


def _unreadable(texts: Texts, *, place: str) -> Iterator[str]:
    try:
        if next(texts.pairs("parallel"), None) is None:
            yield f"{place}: nothing of {texts.direction} is in it."
    except UserError as error:
        yield f"{place}: {error}"
    except OSError as error:
        yield f"{place}: {error.filename or 'a file'} cannot be read ({error.strerror})."
