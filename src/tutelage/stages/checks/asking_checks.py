"""Checks of how a student is asked: instruction, demonstrations, contrastive decoding. No weights are loaded."""

from __future__ import annotations

from collections.abc import Iterator

from tutelage.core.errors import UserError
from tutelage.core.recipe import ContrastiveSettings, Recipe, ShotsSettings, StudentSettings, TextsSettings
from tutelage.corpora.texts import Texts
from tutelage.stages.checks.student_checks import known_folder, only_translates
from tutelage.stages.shots import asked_directions, source_of_shots
from tutelage.students.engines.kinds import engine_kind
from tutelage.students.instructions import find_instruction
from tutelage.students.kinds.registry import student_kind

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
    if only_translates(recipe.student):
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
    if not engine_kind(recipe.student.engine).contrasts:
        found.append(f'{place}: it is done by transformers; set student.engine = "auto".')
    fresh = recipe.student.fresh
    if fresh is not None and not fresh.languages:
        return [*found, f"{place}: a new student without student.fresh.languages cannot be told a language."]
    problem = why_not_told(recipe.student)
    return found if problem is None else [*found, f"{place}: the student does not suit: {problem}"]


def why_not_told(student: StudentSettings) -> str | None:
    """Why the student cannot be told a direction; `None` if it can, or if that is not known."""
    folder = known_folder(student.model)
    try:
        instruction = None if student.instruction is None else find_instruction(student.instruction)
    except (UserError, OSError):  # told as a problem of the instruction
        instruction = None
    try:
        return None if folder is None else student_kind(folder).asking_problem(folder, instruction)
    except (UserError, OSError, ValueError):  # told among the student's own problems
        return None


def _instruction_problems(recipe: Recipe) -> Iterator[str]:
    name = recipe.student.instruction
    if name is None:
        return
    if only_translates(recipe.student):
        yield f"student.instruction: it {NOT_ASKED}"
    try:
        find_instruction(name)
    except UserError as error:
        yield f"student.instruction: {error}"
    except OSError as error:
        yield f"student.instruction: '{name}' cannot be read ({error.strerror})."


def _unreadable(texts: Texts, *, place: str) -> Iterator[str]:
    try:
        if next(texts.pairs("parallel"), None) is None:
            yield f"{place}: nothing of {texts.direction} is in it."
    except UserError as error:
        yield f"{place}: {error}"
    except OSError as error:
        yield f"{place}: {error.filename or 'a file'} cannot be read ({error.strerror})."
