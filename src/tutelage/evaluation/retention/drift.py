"""Drift: how far a student has moved from the one before, in nats for each token of that one's answers.

The mean over all tokens of KL(before ‖ after) on the greedy answers of the student before to general questions. It has
more power than a share of passed items: a hundred answers cannot tell 82 % from 79 %, but every token of them tells how
far the two students' predictions are apart. What it does not say is whether the move was for the better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tutelage.core.evidence import Score
from tutelage.evaluation.retention.names import DRIFT
from tutelage.evaluation.significance import Floats, SegmentStatistics, score_with_interval


@dataclass(frozen=True, slots=True)
class AnswerDrift:
    """The divergence on one answer."""

    id: str
    nats: float
    """Summed over its tokens."""
    tokens: int


def score_drift(
    answers: Sequence[AnswerDrift], *, signature: str, seed: int, resamples: int = 1000
) -> tuple[Score, ...]:
    """Nats for each token with a 95 % interval over the prompts; empty if there is no answer."""
    if not answers:
        return ()
    rows = np.array([[one.nats, one.tokens] for one in answers], dtype=np.float64)
    statistics = SegmentStatistics(DRIFT, rows, _nats_a_token, False, signature)
    return (score_with_interval(statistics, seed=seed, resamples=resamples),)


def _nats_a_token(sums: Floats) -> Floats:
    means: Floats = sums[:, 0] / sums[:, 1]
    return means
