"""What a step will ask its teachers: questions of each kind, how many, and the tokens of one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tutelage.core.languages import Direction
from tutelage.core.metrics import MetricSettings
from tutelage.core.recipe import Recipe
from tutelage.core.records import Hypothesis, Segment
from tutelage.labelling.roles.rating import Rate, Rated
from tutelage.labelling.roles.translation import TranslateRole
from tutelage.stages.checks.text_sizes import BYTES_PER_TOKEN, TextSize, TextSizes
from tutelage.teachers.role import Role

GROWTH = 1.3
"""Tokens of a translation for one of its source, at most for most languages."""
AROUND_ANSWER = 12
"""Tokens of the JSON around a text."""
ERRORS_MARKED = 2
"""In a translation that a teacher rates."""
MARKED_TOKENS = 30
"""Of one of them."""
SHARE_REPAIRED = 0.05
"""Of the questions, which are posed again with what was wrong with the answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions of one kind."""

    kind: str
    """Role and text, as `translate test`: the same kind is not asked again by a later step."""
    teacher: str | None
    """Its name in the recipe; `None` means the only one."""
    calls: int
    input_tokens: float
    """Of one question, its instruction and schema among them."""
    output_tokens: float
    """Of one answer."""
    segment_tokens: float = 0.0
    """Of one question, those of its segment, where a teacher may be asked about several at once; else 0."""

    @property
    def tokens(self) -> int:
        """Of all."""
        return round(self.calls * (self.input_tokens + self.output_tokens))


def ask_role(
    role: Role[Any, Any],
    item: Any,
    *,
    kind: str,
    teacher: str | None,
    calls: int,
    output_tokens: float,
    segment_tokens: float = 0.0,
) -> Asked:
    """The questions that a role renders for items like this one."""
    asked = sum(len(message.content.encode(errors="replace")) for message in role.render(item))
    schema = len(json.dumps(role.schema.model_json_schema()))
    answer_tokens = min(output_tokens, role.max_tokens)
    return Asked(kind, teacher, calls, (asked + schema) / BYTES_PER_TOKEN, answer_tokens, segment_tokens)


def ask_translation(
    size: TextSize, *, of: str, teacher: str | None, direction: Direction, calls: int | None = None
) -> Asked:
    """The role translate on a text, or on `calls` segments like its own."""
    return ask_role(
        TranslateRole(direction), sample_segment(size), kind=f"translate {of}", teacher=teacher,
        calls=size.segments if calls is None else calls,
        output_tokens=GROWTH * size.tokens_per_segment + AROUND_ANSWER, segment_tokens=size.tokens_per_segment,
    )  # fmt: skip


def ask_evidence(recipe: Recipe, sizes: TextSizes, *, teacher: str | None) -> Iterator[Asked]:
    """The teacher's own translations of the test sets, and ratings by a metric's teacher, if the recipe wants them."""
    direction = recipe.direction.direction
    scores = bool(recipe.evaluation.teacher_scores and recipe.teachers)
    for use in ("test", "general"):
        size = sizes.of(use)
        if scores:
            yield ask_translation(size, of=use, teacher=teacher, direction=direction)
        for one in recipe.evaluation.metrics.values():
            if one.teacher is not None:
                yield ask_ratings(size, one, of=use, direction=direction, systems=3 if scores else 2)


def ask_ratings(size: TextSize, metric: MetricSettings, *, of: str, direction: Direction, systems: int) -> Asked:
    """The role rate on the translations that so many systems make of a text."""
    item = Rated(
        "sample", *(sample_text(tokens) for tokens in (size.tokens_per_segment, GROWTH * size.tokens_per_segment))
    )
    answer = ERRORS_MARKED * MARKED_TOKENS if metric.asks == "errors" else 0
    return ask_role(
        Rate(direction, asks=metric.asks), item, kind=f"rate {of}", teacher=metric.teacher,
        calls=systems * size.segments, output_tokens=answer + AROUND_ANSWER,
    )  # fmt: skip


def sample_segment(size: TextSize) -> Segment:
    """A segment as long as those of the text."""
    return Segment("sample", sample_text(size.tokens_per_segment), "")


def sample_hypothesis(size: TextSize) -> Hypothesis:
    """A segment with a translation."""
    return Hypothesis(sample_segment(size), sample_text(GROWTH * size.tokens_per_segment), "")


def sample_text(tokens: float) -> str:
    """A text of about so many tokens."""
    return "x" * round(BYTES_PER_TOKEN * tokens)
