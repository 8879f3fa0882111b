"""What of a recipe does not fit a radis step, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from tutelage.core.errors import UserError
from tutelage.core.recipe import Recipe
from tutelage.labelling.teachers import teacher_problems
from tutelage.methods.radis.conversations import read_conversations
from tutelage.methods.radis.settings import RadisSettings
from tutelage.stages.rehearsal.problems import chat_student_problems, rationale_problems


def radis_problems(settings: RadisSettings, recipe: Recipe) -> list[str]:
    """Missing text, a student that cannot chat, conversations that cannot be read, a teacher that is not clear."""
    found = [
        *_student_problems(settings, recipe),
        *rationale_problems(settings.rationales, settings, recipe),
        *_instruction_problems(settings),
        *_ceiling_problems(settings, recipe),
    ]
    return list(dict.fromkeys(found))


def _student_problems(settings: RadisSettings, recipe: Recipe) -> Iterator[str]:
    if settings.target == "rewritten":
        yield from chat_student_problems(recipe, why="references are rewritten by a chat model")
    if settings.instructions is not None:
        yield from chat_student_problems(recipe, why="conversations are learned by a chat model")


def _instruction_problems(settings: RadisSettings) -> Iterator[str]:
    """Of the first line of each file; the others are looked at when they are read."""
    if settings.instructions is None:
        return
    try:
        if next(read_conversations(settings.instructions.path), None) is None:
            yield "instructions.path: nothing is in it."
    except UserError as error:
        yield f"instructions.path: {error}"


def _ceiling_problems(settings: RadisSettings, recipe: Recipe) -> list[str]:
    """The step's teacher only translates the test sets, for the ceiling; with several, one must be named."""
    if not recipe.teachers or not recipe.evaluation.teacher_scores:
        return []
    return teacher_problems(recipe, settings.teacher, key="teacher")
