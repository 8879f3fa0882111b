"""Part of the way back to the weights before training.

WiSE-FT (Wortsman et al. 2022, arXiv 2109.01903): θ = (1 − α)·θ_before + α·θ_after. A few dozen noisy updates move
every weight, mostly in directions that cancel out; the middle of the way keeps what the updates agree on.

Of a LoRA adapter, whose product B·A is what is added to a weight and whose B begins at 0, B alone is brought back: that
scales the product, so that the same share of the way of the weights themselves is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tutelage.core.training import MOST_LOSS

Score = Callable[[Any], float]
"""Model → a score of which more is better."""

MIDDLE = 0.6
"""Of the way: where a training is watched whose share is measured afterwards."""
SHARES = (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)
"""Of the way, those that are measured."""
LEAST = 0.3
"""Of the way: what is kept at the least of a training that was wanted, if nothing else is lost by it."""
LEAST_KEEPING = 0.05
"""Of the way: what is kept even if that loses more."""

_ADAPTER_A = ".lora_A."
"""In the names that peft gives to weights."""


@dataclass(frozen=True, slots=True)
class ChosenShare:
    """Of the way from the old weights to the new."""

    kept: float
    wanted: float
    """By the score of what is learned alone."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The trainable weights of a model at one moment, as far as they are brought back."""

    parts: tuple[tuple[Tensor, Tensor], ...]
    """Each weight of the model, and its values then; without the A of adapters."""

    @classmethod
    def of(cls, model: Any) -> Weights:
        """A copy of them."""
        return cls(
            tuple(
                (weight, weight.detach().clone())
                for name, weight in model.named_parameters()
                if weight.requires_grad and _ADAPTER_A not in name
            )
        )

    def mix(self, other: Weights, *, share: float) -> None:
        """Give the model what lies from these weights `share` (0 to 1) of the way to the others."""
        with torch.no_grad():
            for (weight, before), (_, after) in zip(self.parts, other.parts, strict=True):
                weight.copy_(torch.lerp(before, after, share))


def score_between(score: Score, before: Weights, *, share: float) -> Score:
    """The same score of what the model would be `share` (0 to 1) of the way from `before` to where it is."""

    def scored(model: Any) -> float:
        after = Weights.of(model)
        before.mix(after, share=share)
        try:
            return score(model)
        finally:
            before.mix(after, share=1.0)

    return scored


def blend(
    model: Any, before: Weights, *, share: float | None = None, score: Score | None = None, kept: Score | None = None
) -> ChosenShare:
    """Bring the model back to `share` (0 to 1) of the way from `before`, and say how far that is.

    `None` means the one that `score` likes best, by the parabola that fits it at all `SHARES`: of a few hundred
    segments the best of them would be mostly chance. With `kept`, a score of what must not be lost, it is the nearest
    to that one before which `kept` has not fallen by more than `MOST_LOSS`, by a parabola again.
    """
    after = Weights.of(model)
    if share is not None:
        chosen = ChosenShare(share, share)
    else:
        wanted = 1.0 if score is None else _best_share(_measure(model, before, after, score))
        furthest = 1.0 if kept is None else _furthest_share(_measure(model, before, after, kept))
        chosen = ChosenShare(min(wanted, furthest), wanted)
    before.mix(after, share=chosen.kept)
    return chosen


def _measure(model: Any, before: Weights, after: Weights, score: Score) -> list[float]:
    """The score at all `SHARES`."""
    scores = []
    for share in SHARES:
        before.mix(after, share=share)
        scores.append(score(model))
    return scores


def _best_share(scores: Sequence[float]) -> float:
    square, slope, _ = np.polyfit(SHARES, scores, deg=2)
    best = -slope / (2 * square) if square < 0 else SHARES[int(np.argmax(scores))]
    return round(float(np.clip(best, LEAST, 1.0)), 2)


def _furthest_share(scores: Sequence[float]) -> float:
    """Up to which the parabola through the old weights' score, the last one, falls by `MOST_LOSS` at most."""
    ways = np.array(SHARES)
    square, slope = np.linalg.lstsq(np.stack([ways**2, ways], axis=1), np.array(scores) - scores[-1])[0]
    steps = np.linspace(0, 1, 101)
    lost = steps[square * steps**2 + slope * steps < -MOST_LOSS]
    return max(LEAST_KEEPING, round(float(lost[0]) - 0.01, 2)) if len(lost) else 1.0
