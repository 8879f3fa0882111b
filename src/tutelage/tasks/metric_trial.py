"""A metric tried on a text: whether it sees planted errors, copies, and translations of other sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tutelage.core.errors import CorpusError, RecipeError, UsageError, did_you_mean
from tutelage.core.metrics import MetricSegment, SegmentMetric
from tutelage.core.protocols import Progress
from tutelage.core.recipe import Recipe
from tutelage.core.records import Pair
from tutelage.evaluation.planted_errors import PlantingSettings, plant_errors
from tutelage.evaluation.planting import KINDS
from tutelage.evaluation.significance import SegmentStatistics, score_share, score_with_interval
from tutelage.evaluation.translation import chrf_statistics
from tutelage.labelling.lending import lent_teachers
from tutelage.labelling.quality import metric_table_problems, open_all_metrics
from tutelage.stages.selection.regression import Correlation, correlate

PURPOSE = "metric"
"""Of a teacher's answers, in the ledger."""


@dataclass(frozen=True, slots=True)
class Preference:
    """How often a metric prefers the reference to a worse text for the same source."""

    kind: str
    """What was planted; `copy` is the source itself, `other` the reference of another segment."""
    percent: float
    """A tie counts half, so that 50 is chance."""
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class MetricTrial:
    """What a metric sees."""

    signature: str
    preferences: tuple[Preference, ...]
    chrf: Correlation
    """Of its scores with chrF's, over all texts with planted errors (Spearman)."""


@contextmanager
def lent_metric(name: str, recipe: Recipe, *, runs: Path, progress: Progress) -> Iterator[SegmentMetric]:
    """The metric that a recipe names, with its teachers, ledger and budget; UsageError if it names none so."""
    if name not in recipe.evaluation.metrics:
        raise UsageError(
            f"the recipe names no metric '{name}'.", where="--recipe", fix=did_you_mean(name, recipe.evaluation.metrics)
        )
    if problems := metric_table_problems(name, recipe):
        raise RecipeError(problems)
    with lent_teachers(recipe, runs=runs, purpose=PURPOSE) as teachers:
        yield next(one for one in open_all_metrics(recipe, teachers, progress) if one.name == name)


def try_metric(metric: SegmentMetric, pairs: Sequence[Pair], *, seed: int = 1, resamples: int = 1000) -> MetricTrial:
    """Each reference against itself with one error, by kind, a copy of its source, and another's reference.

    A metric that needs a reference knows the right answer here: for such a one, only the differences between kinds
    tell something. What got no score is left out. CorpusError for fewer than two pairs.
    """
    if len(pairs) < 2:
        raise CorpusError("a metric is tried on two pairs or more.", fix="Give more text with translations.")
    sign = 1.0 if metric.higher_is_better else -1.0
    right = dict(zip((p.id for p in pairs), _score(metric, pairs, [p.target.text for p in pairs]), strict=True))
    preferences: list[Preference] = []
    planted_scores: list[float] = []
    planted_chrf: list[float] = []
    for kind, worse in _worse_texts(pairs, seed=seed):
        chosen = [pair for pair in pairs if pair.id in worse]
        if not chosen:
            continue
        scored = dict(
            zip((pair.id for pair in chosen), _score(metric, chosen, [worse[p.id] for p in chosen]), strict=True)
        )
        gaps = {one: sign * (right[one] - score) for one, score in scored.items()}
        told = [pair for pair in chosen if not math.isnan(gaps[pair.id])]
        if not told:
            continue
        preferences.append(_preference(kind, [gaps[pair.id] for pair in told], told, seed=seed, resamples=resamples))
        if kind in KINDS:
            planted_scores += [sign * scored[pair.id] for pair in told]
            planted_chrf += _segment_chrf([worse[pair.id] for pair in told], [pair.target.text for pair in told])
    correlation = correlate(np.array(planted_scores), np.array(planted_chrf))
    return MetricTrial(metric.signature, tuple(preferences), correlation)


def _worse_texts(pairs: Sequence[Pair], *, seed: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Kinds of worse texts, each with the text of the segments that it can be made of."""
    for kind in KINDS:
        planted = plant_errors(pairs, settings=PlantingSettings(share=1.0, kinds=(kind,), seed=seed))
        yield kind, {one.id: one.hypothesis.text for one in planted if one.errors}
    yield "copy", {pair.id: pair.source.text for pair in pairs if pair.source.text != pair.target.text}
    others = [*pairs[1:], pairs[0]]
    told = {one.id: other.target.text for one, other in zip(pairs, others, strict=True)}
    yield "other", {pair.id: told[pair.id] for pair in pairs if told[pair.id] != pair.target.text}


def _score(metric: SegmentMetric, pairs: Sequence[Pair], texts: Sequence[str]) -> list[float]:
    return metric.score(
        [
            MetricSegment(pair.source.text, text, pair.target.text, pair.source.lang, pair.target.lang)
            for pair, text in zip(pairs, texts, strict=True)
        ]
    )


def _preference(kind: str, gaps: Sequence[float], pairs: Sequence[Pair], *, seed: int, resamples: int) -> Preference:
    statistics = SegmentStatistics(
        name=kind,
        rows=np.array([(0.5 + 0.5 * np.sign(gap), 1.0) for gap in gaps]),
        score_sums=score_share,
        higher_is_better=True,
        signature=kind,
        texts=[pair.source.text for pair in pairs],
    )
    score = score_with_interval(statistics, seed=seed, resamples=resamples)
    return Preference(kind, score.value, score.low, score.high, score.n)


def _segment_chrf(texts: Sequence[str], references: Sequence[str]) -> list[float]:
    statistics = chrf_statistics(texts, references=references)
    return [float(score) for score in statistics.score_sums(statistics.rows)]
