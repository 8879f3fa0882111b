"""What of a recipe does not fit a patching step, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from tutelage.core.errors import UserError
from tutelage.core.recipe import Recipe
from tutelage.labelling.feedback.examples import read_examples
from tutelage.labelling.teachers import teacher_problems
from tutelage.methods.method import TextNeed
from tutelage.methods.patching.settings import PatchingSettings
from tutelage.stages.rehearsal.problems import rationale_problems
from tutelage.stages.selection.checks import ask_problems


def patching_problems(settings: PatchingSettings, recipe: Recipe) -> list[str]:
    """Missing texts and teachers, and settings that contradict one another."""
    found = [
        *(teacher_problems(recipe, settings.teacher, key="teacher") if settings.needs_teacher else ()),
        *ask_problems(settings.ask, engine=recipe.student.engine),
        *_people_problems(settings, recipe),
        *_feedback_problems(settings, recipe),
        *_context_problems(settings, recipe),
        *_analogy_problems(settings, recipe),
        *rationale_problems(settings.rationales, settings, recipe),
        *_correction_problems(settings),
    ]
    return list(dict.fromkeys(found))


def patching_needs(settings: PatchingSettings) -> Iterator[TextNeed]:
    """What the student translates, what contexts are looked for in, and what rounds are stopped by."""
    if settings.by_people:
        yield TextNeed("post_edits", "people's corrections are learned from it")
    else:
        yield TextNeed("pool", "patching needs text that the student translates")
    if settings.contexts.source == "memory":
        yield TextNeed("memory", "contexts are looked for there")
    if settings.contexts.source == "retrieved":
        yield TextNeed("sentences", "retrieved contexts are looked for there")
    if settings.rounds > 1 and settings.stop_when_within_noise:
        yield TextNeed("dev", "rounds stop by what they gain on it. Name one, or set stop_when_within_noise = false")
    elif settings.rounds > 1 and settings.least_gain is not None:
        yield TextNeed("dev", "rounds stop by what they gain on it (least_gain)")


def _people_problems(settings: PatchingSettings, recipe: Recipe) -> Iterator[str]:
    """What has no meaning where people have corrected already, and their text where nobody reads it."""
    if settings.by_people and settings.ask is not None:
        yield 'ask: people have answered already, and nobody is asked; leave it out, and choose by "select".'
    if settings.leave_out and not settings.by_people:
        yield 'leave_out: it tells what people\'s text is worth; set feedback.source = "people", or leave it out.'
    if not settings.by_people and recipe.text.post_edits is not None and recipe.text.pool is None:
        yield 'feedback.source: text.post_edits is there, but no text.pool; set feedback.source = "people".'
    if recipe.text.drafts is not None and recipe.text.post_edits is None:
        yield "text.drafts: they belong to text.post_edits, which is missing."


def _feedback_problems(settings: PatchingSettings, recipe: Recipe) -> Iterator[str]:
    feedback = settings.feedback
    if feedback.source in ("edited", "asked") or feedback.explain:
        yield from teacher_problems(recipe, settings.feedback_teacher, key="feedback.teacher", chat=True)
    if feedback.explain and feedback.source == "asked":
        yield "feedback.explain: asked feedback is explained already; it is for the other forms."
    if feedback.minimal and feedback.source == "asked":
        yield "feedback.minimal: asked feedback is minimal already; it is for the other forms."
    try:
        read_examples(feedback.examples)
    except UserError as error:
        yield f"feedback.examples: {error}"
    if feedback.verified == "none":
        return
    if feedback.source != "asked":
        yield 'feedback.verified: only asked feedback is verified; set feedback.source = "asked".'
        return
    if feedback.second is None:
        yield "feedback.second: missing; name the teacher that verifies the errors."
        return
    yield from teacher_problems(recipe, feedback.second, key="feedback.second")
    if feedback.verified == "second" and feedback.second == (settings.feedback_teacher or _only(recipe)):
        yield f"feedback.second: '{feedback.second}' is the teacher that is asked; a second opinion needs another."


def _context_problems(settings: PatchingSettings, recipe: Recipe) -> Iterator[str]:
    if settings.contexts.source in ("written", "pairs"):
        yield from teacher_problems(recipe, settings.context_writer, key="contexts.writer", chat=True)


def _correction_problems(settings: PatchingSettings) -> Iterator[str]:
    if settings.corrections.prefers and settings.rationales is not None:
        yield (
            f'corrections.contrast: "{settings.corrections.contrast}" would prefer a target with its rationale over a '
            'hypothesis without one; take "unlikelihood", or leave out the rationales.'
        )
    if settings.train.objective == "self-distillation" and not settings.corrections.is_plain:
        yield 'corrections: train.objective = "self-distillation" knows no wrong answers; leave them out.'


def _analogy_problems(settings: PatchingSettings, recipe: Recipe) -> Iterator[str]:
    analogies = settings.analogies
    if analogies.per_aspect == 0:
        return
    if settings.contexts.source == "none":
        yield 'analogies: their contexts come from contexts.source, which is "none"; set "pairs" there, for instance.'
    yield from teacher_problems(recipe, settings.analogy_teacher, key="analogies.teacher", chat=True)
    if analogies.round_trip is not None:
        yield from teacher_problems(recipe, analogies.round_trip, key="analogies.round_trip")


def _only(recipe: Recipe) -> str | None:
    return next(iter(recipe.teachers)) if len(recipe.teachers) == 1 else None
