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
from tutelage.evaluation.retention.names import DRIFT, ENDS
from tutelage.evaluation.significance import Floats, SegmentStatistics, score_with_interval


@dataclass(frozen=True, slots=True)
class AnswerDrift:
    """The divergence on one answer."""

    id: str
    nats: float
    """Summed over its tokens."""
    tokens: int
    end_nats: float | None = None
    """At the token that ends it; None for an answer that was cut."""


def score_drift(
    answers: Sequence[AnswerDrift], *, signature: str, seed: int, resamples: int = 1000
) -> tuple[Score, ...]:
    """Nats for each token and those at each end of an answer, with 95 % intervals over the prompts; empty without any.

    A student that goes on where the one before had ended has moved at a single token of an answer, and so little by
    the mean over all.
    """
    measured = {
        DRIFT: [(one.nats, one.tokens) for one in answers],
        ENDS: [(one.end_nats, 1) for one in answers if one.end_nats is not None],
    }
    return tuple(
        score_with_interval(
            SegmentStatistics(name, np.array(rows, dtype=np.float64), _nats_a_token, False, signature),
            seed=seed,
            resamples=resamples,
        )
        for name, rows in measured.items()
        if rows
    )


def mean_drift(answers: Sequence[AnswerDrift]) -> float:
    """Nats for each token, without an interval; 0 of no answers."""
    return sum(one.nats for one in answers) / max(1, sum(one.tokens for one in answers))


def _nats_a_token(sums: Floats) -> Floats:
    means: Floats = sums[:, 0] / sums[:, 1]
    return means
