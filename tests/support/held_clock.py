"""A clock that stands still until a test lets time pass: no machine is too slow for a limit, and none is waited for."""

import asyncio
from types import SimpleNamespace

import pytest


class HeldClock:
    """The seconds by which calls to teachers are given up; whatever else takes time takes it as ever."""

    def __init__(self):
        self.now, self.heard = 0.0, 0
        """`heard` counts the moments in which a call has put off its end: what a server sent has come."""
        self._limits = set()

    def advance(self, seconds):
        """Let time pass; how many calls are given up for it. Not from the event loop of an asker."""
        self.now += seconds
        looks = [asyncio.run_coroutine_threadsafe(limit.look(), limit.loop) for limit in list(self._limits)]
        return sum(look.result() for look in looks)

    async def heard_more(self, than):
        """Wait until calls have heard something more often than `than` times."""
        while self.heard <= than:
            await asyncio.sleep(0.001)

    def timeout(self, seconds):
        """What `asyncio.timeout` is by the clock of the loop."""
        return _Limit(self, self._limits, seconds)

    def time(self):
        """What a loop's `time` is."""
        return self.now


class _Limit:
    """A limit of time that ends when the held clock says so."""

    def __init__(self, clock, limits, seconds):
        self.loop = asyncio.get_running_loop()
        self._clock, self._limits, self._when = clock, limits, clock.now + seconds
        self._real = asyncio.timeout(None)

    async def __aenter__(self):
        await self._real.__aenter__()
        self._limits.add(self)
        return self

    async def __aexit__(self, *exception):
        self._limits.discard(self)
        return await self._real.__aexit__(*exception)

    def reschedule(self, when):
        self._when = when
        self._clock.heard += 1
        self._end_if_due()

    async def look(self):
        """Whether it has ended by now."""
        return self in self._limits and self._end_if_due()

    def _end_if_due(self):
        due = self._when <= self._clock.now
        if due and not self._real.expired():
            self._real.reschedule(self.loop.time())
        return due


@pytest.fixture
def clock(monkeypatch):
    """The clock by which calls are given up in this test."""
    held = HeldClock()
    by_clock = {**vars(asyncio), "timeout": held.timeout, "get_running_loop": lambda: held}
    monkeypatch.setattr("tutelage.teachers.calling.silence.asyncio", SimpleNamespace(**by_clock))
    return held
