"""Part of the way back to the weights before training.

WiSE-FT (Wortsman et al. 2022, arXiv 2109.01903): θ = (1 − α)·θ_before + α·θ_after. A few dozen noisy updates move
every weight, mostly in directions that cancel out; the middle of the way keeps what the updates agree on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

SHARES = (1.0, 0.85, 0.7, 0.6, 0.5, 0.4, 0.3)
"""Of the way, those that are measured, from the end."""
FAR = 3.0
"""Points of the dev score below the best, from which on nothing nearer to the old weights is measured."""
AS_GOOD = 0.1
"""Points of the dev score: of shares that differ by no more the smallest is taken, which forgets least."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The trainable weights of a model at one moment."""

    parts: tuple[tuple[Tensor, Tensor], ...]
    """Each weight of the model, and its values then."""

    @classmethod
    def of(cls, model: Any) -> Weights:
        """A copy of them."""
        return cls(tuple((weight, weight.detach().clone()) for weight in model.parameters() if weight.requires_grad))

    def mix(self, other: Weights, *, share: float) -> None:
        """Give the model what lies from these weights `share` (0 to 1) of the way to the others."""
        with torch.no_grad():
            for (weight, before), (_, after) in zip(self.parts, other.parts, strict=True):
                weight.copy_(torch.lerp(before, after, share))


def blend(
    model: Any, before: Weights, *, share: float | None = None, score: Callable[[Any], float] | None = None
) -> float:
    """Bring the model back to `share` (0 to 1) of the way from `before`; the share.

    `None` means the one that `score` of a model (higher is better) likes best.
    """
    after = Weights.of(model)
    if share is None:
        share = 1.0 if score is None else _best_share(model, before, after, score)
    before.mix(after, share=share)
    return share


def _best_share(model: Any, before: Weights, after: Weights, score: Callable[[Any], float]) -> float:
    scores = dict[float, float]()
    for share in SHARES:
        before.mix(after, share=share)
        scores[share] = score(model)
        if scores[share] < max(scores.values()) - FAR:
            break
    return min(share for share, value in scores.items() if value >= max(scores.values()) - AS_GOOD)
