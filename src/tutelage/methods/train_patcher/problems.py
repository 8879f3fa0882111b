"""What of a recipe does not fit a train_patcher step, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from tutelage.core.errors import UserError
from tutelage.core.recipe import Recipe
from tutelage.labelling.teachers import teacher_problems
from tutelage.methods.train_patcher.settings import TrainPatcherSettings
from tutelage.stages.checks.student_checks import is_hub_name, only_translates
from tutelage.students.gguf import is_gguf
from tutelage.students.loading import locate_student


def train_patcher_problems(settings: TrainPatcherSettings, recipe: Recipe) -> list[str]:
    """Missing texts, translator and teacher, a student that cannot chat, and steps beside it."""
    return [
        *teacher_problems(recipe, settings.teacher, key="teacher", chat=True),
        *_translator_problems(settings.translator),
        *_student_problems(recipe),
        *_setting_problems(settings, recipe),
    ]


def _translator_problems(translator: str | None) -> Iterator[str]:
    if translator is None:
        yield 'translator: missing; name the student whose errors are demonstrated, such as "embedded:en-pt".'
        return
    if is_hub_name(translator) or is_gguf(translator):
        return
    try:
        locate_student(translator)
    except UserError as error:
        yield f"translator: {error}"


def _student_problems(recipe: Recipe) -> Iterator[str]:
    """Only of what is here; the model's own problems are told among those of the student."""
    if recipe.student.fresh is not None:
        yield "student.fresh: a new student only translates; name a chat model as student.model."
    elif only_translates(recipe.student):
        model = recipe.student.model
        yield f"student.model: '{model}' only translates, and a patcher answers questions; name a chat model."


def _setting_problems(settings: TrainPatcherSettings, recipe: Recipe) -> Iterator[str]:
    if not 0 < settings.held_out < 1:
        yield "held_out: above 0 and below 1, since the patcher is measured on what is held out."
    if len(recipe.step) > 1:
        yield "method: its student is a patcher and no translator, so no other step fits beside it; give it a recipe."
