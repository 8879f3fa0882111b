"""How far raters agree: Krippendorff's alpha, 1 for full agreement, 0 for what chance gives.

Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): coincidences of values within units, disagreement
weighed by a difference function. Units with fewer than two ratings do not count; missing ratings need no filling in.
Alpha is a function of summed coincidences, so that a bootstrap over units costs one product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tutelage.evaluation.significance import Floats, percentile_interval, resample_sums

Metric = Literal["nominal", "ordinal", "interval"]
Unit = Sequence[float | None]
"""The ratings of one text by all raters, in any order."""


@dataclass(frozen=True, slots=True)
class Alpha:
    """Agreement on one criterion; higher is better."""

    metric: Metric
    value: float | None
    """None if no text has two ratings, or all ratings are equal: then there is nothing to agree on."""
    low: float | None
    """Lower end of the 95 % interval (bootstrap over items)."""
    high: float | None
    n: int
    """Texts with two ratings or more."""


def krippendorff_alpha(units: Sequence[Unit], *, metric: Metric) -> float | None:
    """Alpha of the ratings; `None` if it is not defined."""
    scale = _scale(units)
    if not scale:
        return None
    sums = _coincidences(units, scale).sum(axis=0, keepdims=True)
    return _defined(alpha_of_sums(sums, scale=scale, metric=metric)[0])


def measure_agreement_of(items: Sequence[Sequence[Unit]], *, metric: Metric, seed: int, resamples: int = 1000) -> Alpha:
    """Alpha over the units of all items, with an interval over items, whose texts stay together."""
    units = [unit for item in items for unit in item]
    scale, n = _scale(units), sum(len(_given(unit)) > 1 for unit in units)
    if not scale:
        return Alpha(metric, None, None, None, n)
    rows = np.array([_coincidences(item, scale).sum(axis=0) for item in items])
    value = _defined(alpha_of_sums(rows.sum(axis=0, keepdims=True), scale=scale, metric=metric)[0])
    if value is None or len(items) < 2:
        return Alpha(metric, value, None, None, n)
    sums = resample_sums(rows, seed=seed, resamples=resamples)
    resampled = alpha_of_sums(sums, scale=scale, metric=metric)
    defined = resampled[~np.isnan(resampled)]
    low, high = percentile_interval(defined) if len(defined) else (None, None)
    return Alpha(metric, value, low, high, n)


def alpha_of_sums(sums: Floats, *, scale: Sequence[float], metric: Metric) -> Floats:
    """From sums of coincidences [m, V·V] to m alphas; not a number if only one value occurs."""
    observed = sums.reshape(len(sums), len(scale), len(scale))
    counts = observed.sum(axis=2)
    differences = _squared_differences(counts, scale, metric)
    total = counts.sum(axis=1)
    disagreement = (observed * differences).sum(axis=(1, 2))
    by_chance = (counts[:, :, None] * counts[:, None, :] * differences).sum(axis=(1, 2)) / np.maximum(total - 1, 1)
    alphas = np.full(len(sums), np.nan)
    defined = by_chance > 0
    alphas[defined] = 1.0 - disagreement[defined] / by_chance[defined]
    return alphas


def _squared_differences(counts: Floats, scale: Sequence[float], metric: Metric) -> Floats:
    """[m, V, V] or [1, V, V]: how far two values lie apart.

    The ordinal difference, the ratings between two values with half of those at the ends, is the distance of mid-ranks.
    """
    if metric == "nominal":
        unlike: Floats = 1.0 - np.eye(len(scale))[None]
        return unlike
    places = np.cumsum(counts, axis=1) - counts / 2 if metric == "ordinal" else np.asarray(scale, dtype=float)[None]
    squared: Floats = (places[:, :, None] - places[:, None, :]) ** 2
    return squared


def _coincidences(units: Sequence[Unit], scale: Sequence[float]) -> Floats:
    """[U, V·V]: in each unit, pairs of values from different raters, each rating counted once in all."""
    place = {value: index for index, value in enumerate(scale)}
    rows = np.zeros((len(units), len(scale) ** 2))
    for row, unit in zip(rows, units, strict=True):
        given = _given(unit)
        if len(given) < 2:
            continue
        counts = np.bincount([place[value] for value in given], minlength=len(scale)).astype(float)
        row[:] = ((np.outer(counts, counts) - np.diag(counts)) / (len(given) - 1)).ravel()
    return rows


def _given(unit: Unit) -> list[float]:
    return [value for value in unit if value is not None]


def _scale(units: Sequence[Unit]) -> list[float]:
    """The values that occur where two raters met, in order."""
    return sorted({value for unit in units if len(_given(unit)) > 1 for value in _given(unit)})


def _defined(alpha: float) -> float | None:
    return None if np.isnan(alpha) else float(alpha)
