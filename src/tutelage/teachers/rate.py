"""How many calls are in flight: one more for each round that went well, half as many when the server pushes back.

Additive increase, multiplicative decrease (Chiu and Jain 1989), with a pause that honours Retry-After.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LONGEST_PAUSE_SECONDS = 60.0


class Pace:
    """The pure part: how many calls may be in flight, and how long to wait after a failure."""

    def __init__(self, *, start: int, maximum: int, first_pause_seconds: float = 1.0, seed: int = 0) -> None:
        self.limit = float(min(start, maximum))
        self._maximum, self._first_pause, self._random = maximum, first_pause_seconds, random.Random(seed)
        self.successes = 0
        self._halvings = 0

    @property
    def in_flight_limit(self) -> int:
        """Calls that may be in flight now; at least one."""
        return max(1, int(self.limit))

    @property
    def era(self) -> int:
        """Changes at each halving: calls sent before it say nothing about the new limit."""
        return self._halvings

    def succeed(self) -> None:
        """A call was answered: `limit` calls in a row raise the limit by one."""
        self.successes += 1
        self.limit = min(float(self._maximum), self.limit + 1 / max(1.0, self.limit))

    def push_back(self, *, era: int) -> None:
        """The server was too busy for a call sent in `era`: halve, once for all the calls of that era."""
        if era == self._halvings:
            self._halvings += 1
            self.limit = max(1.0, self.limit / 2)

    def pause_seconds(self, attempt: int, *, retry_after: float | None = None) -> float:
        """How long to wait before attempt `attempt` + 1: what the server asks for, or doubling with jitter."""
        doubled = min(LONGEST_PAUSE_SECONDS, self._first_pause * float(2 ** (attempt - 1)))
        jittered = doubled * self._random.uniform(0.5, 1.0)
        return jittered if retry_after is None else min(retry_after, 10 * LONGEST_PAUSE_SECONDS) + 0.1 * jittered


class Rate:
    """The effectful part: lets calls in up to the pace's limit; belongs to one event loop."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self._in_flight = 0
        self._resume_at = 0.0
        self._stopped_by: Exception | None = None
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[int]:
        """Waits for room and holds it; gives the era for `push_back`. Raises what `stop` was given."""
        async with self._changed:
            await self._changed.wait_for(self._may_go)
        loop = asyncio.get_running_loop()
        self._in_flight += 1
        try:
            while (left := self._resume_at - loop.time()) > 0:
                await asyncio.sleep(left)
            if self._stopped_by:
                raise self._stopped_by
            yield self.pace.era
        finally:
            self._in_flight -= 1
            async with self._changed:
                self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """No call is sent for so long."""
        self._resume_at = max(self._resume_at, asyncio.get_running_loop().time() + seconds)

    def stop(self, error: Exception) -> None:
        """No further call is sent; those waiting raise `error`."""
        self._stopped_by = self._stopped_by or error

    def _may_go(self) -> bool:
        return self._stopped_by is not None or self._in_flight < self.pace.in_flight_limit
