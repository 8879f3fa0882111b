"""What objectives and training agree on, and what a training run tells of itself."""

from __future__ import annotations

from dataclasses import dataclass

IGNORED = -100
"""Label of positions that give no loss: prompt and padding."""


@dataclass(frozen=True, slots=True)
class LossPoint:
    """The losses after `update` updates, in nats per target token; lower is better."""

    update: int
    loss: float | None
    dev_loss: float | None


@dataclass(frozen=True, slots=True)
class TrainingSummary:
    """What was trained: how much, how long, and the curve."""

    examples: int
    updates: int
    target_tokens: int
    """Target tokens that gave a loss, over all epochs."""
    seconds: float
    losses: tuple[LossPoint, ...]
    best_dev_loss: float | None
