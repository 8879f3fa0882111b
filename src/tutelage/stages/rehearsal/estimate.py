"""What rationales add to the estimate of a step."""

from __future__ import annotations

from dataclasses import replace

from tutelage.core.recipe import Recipe, StepSettings
from tutelage.core.records import Example
from tutelage.stages.checks.asked import AROUND_ANSWER, GROWTH, Asked, ask_role, sample_text
from tutelage.stages.checks.text_sizes import TextSize
from tutelage.stages.checks.training_time import TOKENS_PER_WORD, training_minutes
from tutelage.stages.outcome import Estimate
from tutelage.stages.rehearsal.asked import WriteRationale
from tutelage.stages.rehearsal.settings import RationaleSettings


def with_rationales(
    estimate: Estimate, rationales: RationaleSettings | None, step: StepSettings, recipe: Recipe, *, size: TextSize
) -> Estimate:
    """The estimate with the teacher's calls for rationales, all of full length, and the tokens trained besides.

    `size` is that of a text whose segments are as long as the examples.
    """
    if rationales is None or rationales.fraction == 0:
        return estimate
    rows = round(rationales.fraction * estimate.training_examples)
    again = GROWTH * size.tokens_per_segment if step.train.rationale_separator == "apart" else 0.0
    words = round(rows * (rationales.max_rationale_tokens + again) / TOKENS_PER_WORD)
    more = 0.0 if step.train.max_updates else training_minutes(step.train, examples=rows, words=words)
    return replace(
        estimate,
        asked=(*estimate.asked, *_ask(rationales, recipe, size, rows=rows)) if rows else estimate.asked,
        minutes=estimate.minutes + more,
    )


def _ask(settings: RationaleSettings, recipe: Recipe, size: TextSize, *, rows: int) -> list[Asked]:
    if settings.source != "teacher":
        return []
    role = WriteRationale(max_rationale_tokens=settings.max_rationale_tokens, temperature=settings.temperature)
    source, target = (sample_text(growth * size.tokens_per_segment) for growth in (1.0, GROWTH))
    direction = recipe.direction
    example = Example("sample", "translate", direction.source, direction.target, source, target, kind="sample")
    longest = settings.max_rationale_tokens + AROUND_ANSWER
    return [
        ask_role(
            role, example, kind="rationales", teacher=settings.teacher, calls=rows * (settings.refresh + 1),
            output_tokens=longest,
        )
    ]  # fmt: skip
