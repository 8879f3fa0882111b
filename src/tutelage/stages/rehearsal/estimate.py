"""What rationales add to the estimate of a step."""

from __future__ import annotations

from dataclasses import replace

from tutelage.core.recipe import StepSettings
from tutelage.stages.checks.training_time import TOKENS_PER_WORD, training_minutes
from tutelage.stages.context import Estimate
from tutelage.stages.rehearsal.settings import RationaleSettings

PROMPT_TOKENS = 250
"""Of a question to a teacher without the two texts."""


def with_rationales(
    estimate: Estimate, rationales: RationaleSettings | None, step: StepSettings, *, words_per_segment: float
) -> Estimate:
    """The estimate with the teacher's calls for rationales, all of full length, and the tokens trained besides."""
    if rationales is None or rationales.fraction == 0:
        return estimate
    rows = round(rationales.fraction * estimate.training_examples)
    words = round(rows * rationales.max_rationale_tokens / TOKENS_PER_WORD)
    more = 0.0 if step.train.max_updates else training_minutes(step.train, examples=rows, words=words)
    asked = rows if rationales.source == "teacher" else 0
    each = PROMPT_TOKENS + 2 * TOKENS_PER_WORD * words_per_segment + rationales.max_rationale_tokens
    return replace(
        estimate,
        teacher_calls=estimate.teacher_calls + asked,
        teacher_tokens=estimate.teacher_tokens + round(asked * each),
        minutes=estimate.minutes + more,
    )
