"""In which form a step gets its feedback: as the recipe says, or as a trial on a few segments tells."""

from __future__ import annotations

from tutelage.core.recipe import Recipe
from tutelage.core.records import Segment
from tutelage.labelling.feedback.choice import Choice, choose_form
from tutelage.labelling.feedback.examples import read_examples
from tutelage.labelling.feedback.forms import FORM, FormInputs
from tutelage.labelling.feedback.trial import FormRoles
from tutelage.labelling.kinds.registry import kind_of
from tutelage.labelling.roles.feedback import GiveFeedback
from tutelage.labelling.teachers import choose_teacher
from tutelage.methods.patching.settings import PatchingSettings
from tutelage.stages.context import StepContext
from tutelage.storage.stages import StageTable

ENGINE = "the step's teacher is a translation engine, which gives feedback in no other form"


def tries_forms(settings: PatchingSettings, recipe: Recipe) -> bool:
    """Whether the run finds out by a trial: its teacher can write, and the recipe leaves the form open."""
    if settings.feedback.source != "auto":
        return False
    return kind_of(recipe.teachers[choose_teacher(recipe.teachers, settings.teacher)]).can_write


def decide_form(settings: PatchingSettings, context: StepContext, pool: StageTable[Segment]) -> Choice | None:
    """The form and why it was chosen; `None` if the recipe names one."""
    if settings.feedback.source != "auto":
        return None
    if not tries_forms(settings, context.recipe):
        return Choice("translated", ENGINE)
    inputs = FormInputs(
        pool=pool,
        dev=context.texts.text("dev"),
        student=context.decoder(context.student),
        roles=FormRoles.of(feedback_role(settings, context)),
        teacher=context.teachers.asked(settings.feedback_teacher),
        translator=context.teachers.asked(settings.teacher),
        seed=context.recipe.seed,
    )
    return choose_form(context.folder.make(FORM, inputs))


def with_form(settings: PatchingSettings, choice: Choice | None) -> PatchingSettings:
    """The settings with the form that was chosen."""
    if choice is None:
        return settings
    feedback = settings.feedback.model_copy(update={"source": choice.form})
    return settings.model_copy(update={"feedback": feedback})


def feedback_role(settings: PatchingSettings, context: StepContext) -> GiveFeedback:
    """How asked feedback is asked in this step."""
    return GiveFeedback(
        context.recipe.direction.direction,
        mode=settings.mode,
        examples=read_examples(settings.feedback.examples),
        post_edit_first=settings.feedback.post_edit_first,
        glossary=context.glossary,
    )
