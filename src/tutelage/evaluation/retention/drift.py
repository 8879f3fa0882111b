"""Drift: how far a student has moved from the one before, in nats for each token of that one's answers.

The mean over all tokens of KL(before ‖ after) on the greedy answers of the student before to general questions. It has
more power than a share of passed items: a hundred answers cannot tell 82 % from 79 %, but every token of them tells how
far the two students' predictions are apart. What it does not say is whether the move was for the better.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tutelage.core.evidence import Score
from tutelage.evaluation.retention.names import DRIFT, ENDS
from tutelage.evaluation.significance import Floats, SegmentStatistics, score_with_interval

_PROBES = 6
"""Shares that are tried at most; each blends the weights and reads the answers once."""
_NEAR = 0.9
"""A drift from here to 1 of the bound is near enough."""


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


def farthest_share(drift_at: Callable[[float], float], *, bound: float) -> float:
    """The largest share (to 1) with a drift of at most `bound`, and within a tenth of it where that is found soon.

    Drift grows with the share, about as a power of it, which is what the next one to try is read off.
    """
    above, drift = 1.0, drift_at(1.0)
    if drift <= bound:
        return above
    over, power, below = drift, 1.5, 0.0
    for _ in range(_PROBES - 1):
        aimed = bound * (1 + _NEAR) / 2
        share = above * (aimed / over) ** (1 / power)
        if not below < share < above:
            share = (below + above) / 2
        drift = drift_at(share)
        if 0 < drift < over:
            power = math.log(over / drift) / math.log(above / share)
        if drift > bound:
            above, over = share, drift
            continue
        below = share
        if drift >= _NEAR * bound:
            break
    return below


def _nats_a_token(sums: Floats) -> Floats:
    means: Floats = sums[:, 0] / sums[:, 1]
    return means
