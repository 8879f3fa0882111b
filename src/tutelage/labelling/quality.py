"""The metrics of a recipe. Some are ratings by a chat teacher, which pass the ledger and count in its budget."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tutelage.core.counts import counted
from tutelage.core.errors import MetricError
from tutelage.core.languages import Direction
from tutelage.core.metrics import Form, MetricSegment, SegmentMetric
from tutelage.core.protocols import Progress
from tutelage.core.recipe import Recipe
from tutelage.core.records import Rejection
from tutelage.evaluation.metrics.metric import metric_problems, open_metrics
from tutelage.labelling.inquiry import inquire
from tutelage.labelling.roles.rating import FORMS, Rate, Rated, rating_of
from tutelage.labelling.teachers import AskedTeacher, Teachers, teacher_problems
from tutelage.teachers.role import Answered

MOST_UNRATED = 0.1
"""Share of the segments without a usable answer above which there is no score: the rest may be the easier ones."""


def open_all_metrics(recipe: Recipe, teachers: Teachers, progress: Progress) -> tuple[SegmentMetric, ...]:
    """The metrics that a recipe names, programs first, then those whose scores a teacher gives."""
    named = recipe.evaluation.metrics
    rating = (
        TeacherMetric(name, teachers.asked(one.teacher), asks=one.asks, seed=recipe.seed, progress=progress)
        for name, one in named.items()
        if one.teacher is not None
    )
    return (*open_metrics(named), *rating)


def metric_table_problems(name: str, recipe: Recipe) -> list[str]:
    """What is wrong with one metric of a recipe; no program is started and no teacher asked."""
    settings = recipe.evaluation.metrics[name]
    problems = metric_problems(name, settings)
    if settings.teacher is not None:
        problems += teacher_problems(recipe, settings.teacher, key="teacher", chat=True)
    return [f"evaluation.metrics.{name}: {problem}" for problem in problems]


class TeacherMetric:
    """A chat teacher in the role *rate*, without references."""

    def __init__(self, name: str, teacher: AskedTeacher, *, asks: Form, seed: int, progress: Progress) -> None:
        self.name, self._teacher, self._asks = name, teacher, asks
        self._seed, self._progress = seed, progress

    @property
    def signature(self) -> str:
        """Name, teacher, and how it is asked."""
        return f"{self.name}|teacher:{self._teacher.signature}|{Rate.name}:{FORMS[self._asks].prompt}"

    @property
    def higher_is_better(self) -> bool:
        """Both forms are."""
        return True

    @property
    def needs_reference(self) -> bool:
        """None is shown."""
        return False

    def score(self, segments: Sequence[MetricSegment]) -> list[float]:
        """The rating of each segment; not a number without a usable answer, of which there may be a tenth."""
        if not segments:
            return []
        ratings: dict[MetricSegment, float] = {}
        reasons = Counter[str]()
        shown = [replace(one, reference="") for one in segments]
        for direction, texts in _by_direction(shown).items():
            items = [Rated(str(number), one.source, one.hypothesis) for number, one in enumerate(texts)]
            for text, (item, outcome) in zip(texts, self._ask(items, direction), strict=True):
                if isinstance(outcome, Rejection):
                    reasons[outcome.reason] += 1
                    ratings[text] = math.nan
                else:
                    ratings[text] = rating_of(item, outcome.answer)
        scores = [ratings[one] for one in shown]
        self._check(scores, reasons)
        return scores

    def _ask(self, items: Sequence[Rated], direction: Direction) -> Iterator[tuple[Rated, Answered | Rejection]]:
        return inquire(
            items,
            role=Rate(direction, asks=self._asks),
            teacher=self._teacher,
            seed=self._seed,
            progress=self._progress,
            label=f"{self._teacher.name} rates",
            total=len(items),
            unit="translations",
        )

    def _check(self, scores: Sequence[float], reasons: Counter[str]) -> None:
        unrated = sum(map(math.isnan, scores))
        if unrated > MOST_UNRATED * len(scores):
            told = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common(3))
            raise MetricError(
                f"no usable rating came of {unrated:,} of {counted(len(scores), 'translation')} ({told}).",
                where=f"evaluation.metrics.{self.name}",
                fix=f'Try asks = "{"score" if self._asks == "errors" else "errors"}", or another teacher.',
            )


def _by_direction(segments: Sequence[MetricSegment]) -> dict[Direction, list[MetricSegment]]:
    """What is asked about, each text once."""
    grouped: dict[Direction, list[MetricSegment]] = {}
    for one in dict.fromkeys(segments):
        grouped.setdefault(Direction(one.source_language, one.target_language), []).append(one)
    return grouped
