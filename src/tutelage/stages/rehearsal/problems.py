"""What of a recipe does not fit its rationales, told before anything is loaded."""

from __future__ import annotations

from collections.abc import Iterator

from tutelage.core.counts import counted
from tutelage.core.errors import UserError
from tutelage.core.recipe import Recipe, StepSettings
from tutelage.labelling.teachers import teacher_problems
from tutelage.stages.checks.student_checks import is_hub_name, only_translates
from tutelage.stages.rehearsal.settings import RationaleSettings
from tutelage.students.chat_format import NO_TEMPLATE, has_chat_template
from tutelage.students.gguf import find_gguf, is_gguf
from tutelage.students.kinds.registry import student_kind
from tutelage.students.loading import locate_student


def rationale_problems(rationales: RationaleSettings | None, step: StepSettings, recipe: Recipe) -> list[str]:
    """A student that cannot go on after a translation, a writer that is missing, settings that contradict."""
    if rationales is None or rationales.fraction == 0:
        return []
    return [
        *chat_student_problems(recipe, why="a rationale is written by a chat model"),
        *_writer_problems(rationales, recipe),
        *_refresh_problems(rationales, step),
        *_length_problems(rationales, step),
        *_loss_problems(step),
    ]


def chat_student_problems(recipe: Recipe, *, why: str) -> Iterator[str]:
    """That the recipe's student only translates; what is not on this machine is seen when it is loaded."""
    if recipe.student.fresh is not None:
        yield f"student.fresh: a new student only translates, and {why}; name a chat model as student.model."
    elif only_translates(recipe.student):
        yield f"student.model: '{recipe.student.model}' is an encoder–decoder model, and {why}; name a chat model."


def _writer_problems(rationales: RationaleSettings, recipe: Recipe) -> Iterator[str]:
    source = rationales.source
    if rationales.teacher is not None and source != "teacher":
        yield 'rationales.teacher: only read with rationales.source = "teacher".'
    if rationales.model is not None and source != "other":
        yield 'rationales.model: only read with rationales.source = "other".'
    if source == "teacher":
        yield from teacher_problems(recipe, rationales.teacher, key="rationales.teacher", chat=True)
    if source == "other":
        yield from _other_problems(rationales.model)


def _other_problems(model: str | None) -> Iterator[str]:
    if model is None:
        yield "rationales.model: missing; name the chat model that writes the rationales."
        return
    if is_hub_name(model):
        return
    try:
        if is_gguf(model):
            find_gguf(model)
        elif not student_kind(locate_student(model)).chats:
            yield f"rationales.model: '{model}' is an encoder–decoder model; name a chat model."
        elif not has_chat_template(locate_student(model)):
            yield f"rationales.model: '{model}' has no chat template. {NO_TEMPLATE}"
    except UserError as error:
        yield f"rationales.model: {error}"


def _refresh_problems(rationales: RationaleSettings, step: StepSettings) -> Iterator[str]:
    if not rationales.refresh:
        return
    if rationales.source == "teacher":
        yield 'rationales.refresh: a teacher is asked once; it goes with rationales.source = "self" or "other".'
    elif rationales.temperature == 0:
        yield "rationales.refresh: greedy rationales are the same each time; set rationales.temperature above 0."
    if step.train.rationale_loss == "divergence":
        yield (
            "rationales.refresh: by divergence each part would be held to the part before, not to the student as it "
            'came in; set train.rationale_loss = "likelihood".'
        )
    if step.train.is_open:
        yield "rationales.refresh: parts need a known length; say train.epochs or train.max_updates."
    most = int(step.train.epochs or 1) - 1
    if step.train.max_updates is None and step.train.epochs is not None and rationales.refresh > most:
        yield (
            f"rationales.refresh: {rationales.refresh + 1} parts of {counted(step.train.epochs, 'epoch')} are less "
            f"than one each, so that some examples would not be seen; at most {max(most, 0)}, or raise train.epochs."
        )


def _loss_problems(step: StepSettings) -> Iterator[str]:
    if fault := step.train.divergence_fault:
        yield f"train.rationale_loss: {fault}."
    if step.train.objective == "self-distillation":
        yield (
            'rationales: none can stand behind what the student writes itself (train.objective = "self-distillation"); '
            "set rationales.fraction = 0."
        )


def _length_problems(rationales: RationaleSettings, step: StepSettings) -> Iterator[str]:
    room = step.train.max_target_tokens
    if rationales.max_rationale_tokens >= room:
        yield (
            f"rationales.max_rationale_tokens: {rationales.max_rationale_tokens} leaves no room for a translation in "
            f"train.max_target_tokens = {room}, which counts both."
        )
