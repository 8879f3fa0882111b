"""When training ends: after a number of updates, or where the score on the dev text stops rising."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import transformers

from tutelage.core.settings import TrainSettings

MOST_PASSES = 60
"""Passes over the examples where the end is left open; fewer over many."""
FEWEST_PASSES = 3
"""Also where the end is left open and there is nothing to watch."""
MOST_UPDATES = 50_000
"""About, where the end is left open and `FEWEST_PASSES` are not more."""
PATIENCE = 4
"""Measurements without a better score, where the end is left open."""
_OFTENEST, _SELDOMEST = 20, 500
"""Updates between measurements."""
_WARMUP_PASSES = 5
"""Where the end is left open, the warm-up is a share of so many passes."""

DevScore = Callable[[Any], float]
"""Model → a score on the dev text, of which more is better."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The length of a training, and how it is watched on the way."""

    updates: int
    """At most."""
    passes: float
    """Of the examples, in these updates."""
    settings: TrainSettings
    is_open: bool
    """Whether it ends where the dev score stops rising."""

    @property
    def measured_every(self) -> int:
        """Updates between measurements: once an epoch, or as the settings say; often enough to see an open end.

        Where no number of epochs is given these may be a few updates each, so that it is not every time that they end.
        """
        every = self.settings.evaluate_every
        if every is None:
            every = math.ceil(self.updates / max(self.passes, 1.0))
            every = min(every, _SELDOMEST) if self.is_open else every
            every = every if self.settings.max_updates is None and not self.is_open else max(every, _OFTENEST)
        return min(every, self.updates)

    @property
    def warmup_updates(self) -> int:
        """In which the rate rises."""
        passes = min(self.passes, _WARMUP_PASSES) if self.is_open else self.passes
        return math.ceil(self.settings.warmup_share * self.updates * passes / self.passes)

    @property
    def schedule(self) -> str:
        """The name of the schedule after the warm-up, as transformers calls it."""
        if self.settings.schedule == "auto":
            return "constant_with_warmup" if self.is_open else "cosine"
        return self.settings.schedule

    @property
    def patience(self) -> int | None:
        """Measurements without a better one after which training stops."""
        return self.settings.patience or (PATIENCE if self.is_open else None)


def planned_passes(settings: TrainSettings, *, tokens: int, is_open: bool) -> float:
    """Passes over examples of so many tokens, padding not counted, unless a number of updates is given."""
    if settings.epochs is not None:
        return settings.epochs
    if not is_open:
        return FEWEST_PASSES
    whole = math.ceil(MOST_UPDATES * settings.batch_tokens * settings.accumulation / max(tokens, 1))
    return max(FEWEST_PASSES, min(MOST_PASSES, whole))


class StopsRising(transformers.TrainerCallback):  # type: ignore[misc]
    """Ends training after `patience` measurements without a better one.

    It counts in the log that checkpoints carry, so that a training that was interrupted ends where it would have.
    """

    def __init__(self, metric: str, *, patience: int, higher_is_better: bool) -> None:
        self._metric, self._patience, self._sign = metric, patience, 1 if higher_is_better else -1

    def on_evaluate(self, _args: Any, state: Any, control: Any, **_: Any) -> None:
        """A measurement was made and logged."""
        scores = [self._sign * entry[self._metric] for entry in state.log_history if self._metric in entry]
        best = max(range(len(scores)), key=scores.__getitem__, default=0)
        if len(scores) - 1 - best >= self._patience:
            control.should_training_stop = True
