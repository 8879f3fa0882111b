"""How many calls an endpoint gets at a time: it grows until the server pushes back, and stays close below that.

Additive increase, multiplicative decrease (Chiu and Jain 1989). Two things are taken from TCP: doubling in each round
until the first push-back (slow start, Jacobson 1988), and caution near the limit at which the server pushed back last
(CUBIC, Ha et al. 2008), which is probed ever more rarely while it holds.
"""

from __future__ import annotations

import math
import random

LONGEST_PAUSE_SECONDS = 60.0
GENTLE = 0.85
"""What is left of the limit after a push-back that followed a round without one; otherwise half."""
FIRST_PATIENCE, LONGEST_PATIENCE = 10, 160
"""Rounds of answers at the known ceiling before one call more is tried."""


class Pace:
    """The arithmetic: how many calls may be in flight, and how long to wait after a failure. No clock, no network."""

    def __init__(self, *, start: int, maximum: int, first_pause_seconds: float = 1.0, seed: int = 0) -> None:
        self.limit = float(min(start, maximum))
        self._maximum, self._first_pause, self._random = maximum, first_pause_seconds, random.Random(seed)
        self._ceiling: float | None = None
        """Calls in flight at which the server pushed back; none before it ever did, infinite once it was passed."""
        self._patience, self._era, self._answers_in_era = FIRST_PATIENCE, 0, 0

    @property
    def in_flight_limit(self) -> int:
        """Calls that may be in flight now; at least one."""
        return max(1, int(self.limit))

    @property
    def era(self) -> int:
        """Changes at each push-back: calls sent before it say nothing about the new limit."""
        return self._era

    def succeed(self) -> None:
        """A call was answered: one more is allowed, at first for each answer, later for each round of them."""
        self._answers_in_era += 1
        if self._ceiling is None:
            growth = 1.0
        elif self.limit < self._ceiling - 1:
            growth = 1 / self.limit
        else:
            growth = 1 / (self.limit * (self._patience if self._ceiling < math.inf else 1))
        self.limit = min(float(self._maximum), self.limit + growth)
        if self._ceiling is not None and self.limit >= self._ceiling + 1:
            self._ceiling, self._patience = math.inf, FIRST_PATIENCE

    @property
    def was_answered(self) -> bool:
        """Whether any call was answered since the last push-back."""
        return self._answers_in_era > 0

    def push_back(self, *, era: int, to_one: bool = False) -> None:
        """The server was too busy for a call sent in `era`: fewer from now on, once for all the calls of that era.

        `to_one`: a single call at a time, if it could do nothing with so many.
        """
        if era != self._era:
            return
        ceiling = float(self.in_flight_limit)
        steady = self._ceiling is not None and self._answers_in_era >= ceiling
        held = steady and self._ceiling is not None and abs(ceiling - self._ceiling) <= 1
        self._patience = min(2 * self._patience, LONGEST_PATIENCE) if held else FIRST_PATIENCE
        self._ceiling, self.limit = ceiling, 1.0 if to_one else max(1.0, self.limit * (GENTLE if steady else 0.5))
        self._era, self._answers_in_era = self._era + 1, 0

    def pause_seconds(self, attempt: int, *, retry_after: float | None = None) -> float:
        """How long to wait before attempt `attempt` + 1: what the server asks for, or doubling with jitter."""
        doubled = min(LONGEST_PAUSE_SECONDS, self._first_pause * float(2 ** min(attempt - 1, 60)))
        jittered = doubled * self._random.uniform(0.5, 1.0)
        return jittered if retry_after is None else min(retry_after, 10 * LONGEST_PAUSE_SECONDS) + 0.1 * jittered
