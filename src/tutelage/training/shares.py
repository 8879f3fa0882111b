"""What each of several processes trains on: its share of every update, so that the update stays that of one process.

Of the micro-batches of an update, g = gcd(micro-batches, processes) are computed at the same time, each by
processes / g of them, which divide its examples. So two processes take two of four micro-batches each, and half of the
one micro-batch of an update that is not accumulated.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, gcd

import numpy as np
from numpy.typing import NDArray

from tutelage.training.batches import Batches


@dataclass(frozen=True, slots=True)
class Share:
    """One of `processes`, from 0 on; `accumulation` micro-batches make an update."""

    accumulation: int = 1
    processes: int = 1
    process: int = 0

    @property
    def micro_batches(self) -> int:
        """In an update of one process."""
        return self.accumulation // self._at_once

    def of(self, batches: Batches) -> Batches:
        """The process's own micro-batches; all processes have as many.

        If nothing is left for it, a micro-batch is one example as `idle_batch`.
        """
        own: Batches = []
        for start in range(0, len(batches), self.accumulation):
            own.extend(self._of_update(batches[start : start + self.accumulation]))
        return own

    @property
    def _at_once(self) -> int:
        return gcd(self.accumulation, self.processes)

    def _of_update(self, update: Batches) -> Batches:
        together = self.processes // self._at_once
        group, place = divmod(self.process, together)
        own = [batch[place::together] for batch in update[group :: self._at_once]]
        own += [update[0][:0]] * (ceil(len(update) / self._at_once) - len(own))
        return [batch if len(batch) else idle_batch(update[0]) for batch in own]


def idle_batch(batch: NDArray[np.int64]) -> NDArray[np.int64]:
    """Its first example as one that counts nothing: a process must go through the model whenever the others do."""
    return ~batch[:1]


def is_idle(indices: list[int]) -> bool:
    """Whether these are of an `idle_batch`."""
    return indices[0] < 0
