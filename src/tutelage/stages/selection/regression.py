"""Which features tell the student's error: a ridge regression on a few segments, and how far it can be believed.

Hoerl and Kennard 1970. Features come in as standings among the pool, so that neither units nor outliers count; errors
stay as they are. What the model is worth is told by predictions for segments that it was not fitted to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

PENALTIES = tuple(10.0**power for power in range(-2, 4))
"""Of the squared weights, for each segment that is fitted to; the one that predicts best is taken."""
FEWEST = 8
"""Segments below which nothing is learned."""


@dataclass(frozen=True, slots=True)
class Correlation:
    """Spearman's rank correlation with an interval."""

    value: float
    low: float
    """Lower end of the 95 % interval."""
    high: float

    @property
    def tells(self) -> bool:
        """Whether it is clearly above 0."""
        return self.low > 0


@dataclass(frozen=True, slots=True)
class ErrorModel:
    """What the features say of the error: `mean` plus each weight times how far the feature is from its centre."""

    mean: float
    weights: tuple[float, ...]
    centres: tuple[float, ...]
    predicts: Correlation
    """Of the errors with what was predicted for each segment by the other ones (leave-one-out)."""

    def predict(self, standings: Numbers) -> Numbers:
        """Errors [N] for standings [N, F]."""
        found: Numbers = self.mean + (standings - np.array(self.centres)) @ np.array(self.weights)
        return found


def fit_errors(standings: Numbers, errors: Numbers) -> ErrorModel:
    """The model for standings [N, F] and errors [N]; weights of 0 if there are too few to learn from."""
    mean, centres = (float(errors.mean()) if len(errors) else 0.0), standings.mean(axis=0) if len(errors) else None
    if centres is None or len(errors) < FEWEST or not np.ptp(errors):
        nothing = (0.0,) * standings.shape[1]
        return ErrorModel(mean, nothing, nothing, Correlation(0.0, -1.0, 1.0))
    features, left = standings - centres, errors - mean
    gram = features.T @ features
    fits = [_fit(features, left, gram + penalty * len(errors) * np.eye(len(gram))) for penalty in PENALTIES]
    best = min(fits, key=lambda fit: float(np.square(fit.left_out - left).mean()))
    return ErrorModel(mean, tuple(best.weights.tolist()), tuple(centres.tolist()), correlate(best.left_out, left))


@dataclass(frozen=True, slots=True)
class _Fit:
    weights: Numbers
    left_out: Numbers
    """What is predicted for each segment by a fit to the others."""


def _fit(features: Numbers, errors: Numbers, penalised: Numbers) -> _Fit:
    projected = np.linalg.solve(penalised, features.T)
    weights = projected @ errors
    leverage = np.einsum("nf,fn->n", features, projected) + 1 / len(errors)
    return _Fit(weights, errors - (errors - features @ weights) / (1 - leverage))


def correlate(one: Numbers, other: Numbers) -> Correlation:
    """Spearman's correlation, ties sharing their rank; its interval after Bonett and Wright 2000."""
    if len(one) < FEWEST or not np.ptp(one) or not np.ptp(other):
        return Correlation(0.0, -1.0, 1.0)
    value = float(np.corrcoef(shared_ranks(one), shared_ranks(other))[0, 1])
    width = 1.96 * math.sqrt((1 + value**2 / 2) / (len(one) - 3))
    centre = math.atanh(min(max(value, -0.999999), 0.999999))
    return Correlation(value, math.tanh(centre - width), math.tanh(centre + width))


def shared_ranks(values: Numbers) -> Numbers:
    """From 0, the lowest first; equal values have the mean of their ranks."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means: Numbers = (ends - counts + ends - 1) / 2
    return means[group]


def standings(scores: Numbers) -> Numbers:
    """Where each score stands among all: −1 the lowest, 1 the highest, 0 if all are equal."""
    return 2 * shared_ranks(scores) / (len(scores) - 1) - 1 if len(scores) > 1 else np.zeros(len(scores))
