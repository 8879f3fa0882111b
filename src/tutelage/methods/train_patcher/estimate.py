"""What demonstrating takes: the calls of patching in its roles, once, and demonstrations to train on."""

from __future__ import annotations

from tutelage.core.recipe import Recipe
from tutelage.methods.train_patcher.settings import TrainPatcherSettings
from tutelage.stages.checks.asked_roles import (
    ERRORS_PER_SEGMENT,
    ask_analogies,
    ask_analyses,
    ask_feedback,
    ask_pairs,
)
from tutelage.stages.checks.text_sizes import TextSizes
from tutelage.stages.checks.training_time import training_minutes
from tutelage.stages.context import Estimate

WORDS_PER_DEMONSTRATION = 200
"""Of a question and its answer, most of them the instruction's."""


def estimate_train_patcher(settings: TrainPatcherSettings, recipe: Recipe, sizes: TextSizes) -> Estimate:
    """A call for each segment, and for each error word one in each further role that is learned."""
    pool, roles, direction, teacher = (
        sizes.of("pool"),
        set(settings.roles),
        recipe.direction.direction,
        settings.teacher,
    )
    words = min(settings.max_errors, ERRORS_PER_SEGMENT * pool.segments)
    asked = [ask_feedback(pool, direction, mode=settings.mode, teacher=teacher, calls=pool.segments)]
    if roles & {"analyse", "contexts"}:
        asked.append(ask_analyses(pool, direction, teacher=teacher, calls=words))
    if settings.writes_contexts:
        count = settings.contexts.per_error
        asked.append(ask_pairs(direction, count=count, analysis=True, teacher=teacher, calls=words, kind="contexts"))
    if "analogies" in roles:
        named = settings.words_per_aspect
        asked.append(ask_analogies(pool, direction, asked=named, teacher=teacher, calls=words))
    demonstrated = pool.segments * ("feedback" in roles) + words * len(roles - {"feedback"})
    rows = round((1 - settings.held_out) * demonstrated)
    minutes = training_minutes(settings.train, examples=rows, words=rows * WORDS_PER_DEMONSTRATION)
    return Estimate(pool.segments, tuple(asked), rows, minutes)
