"""Who may send next and where to: each endpoint has its own pace, and a request goes where there is most room."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tutelage.core.counts import counted
from tutelage.core.errors import TeacherError
from tutelage.teachers.addresses import shown_address
from tutelage.teachers.calling.failures import Failure
from tutelage.teachers.calling.rate import Pace

MOST_PATIENCE = 4.0
UNREACHED_ATTEMPTS = 3
"""Attempts in a row at an endpoint that never answered: a wrong address shows in seconds."""
LONG_REST_SECONDS = 20.0
"""A rest that is told, since nothing else would seem to happen."""
RESUME = "Everything answered so far is kept. Run the same command again to go on from there."
_log = logging.getLogger("tutelage.teachers")


@dataclass(slots=True)
class Endpoint:
    """One address of the model and how it has fared."""

    url: str
    pace: Pace
    in_flight: int = 0
    answers: int = 0
    failures: int = 0
    """Rounds of calls in a row without an answer."""
    failed_at: float = 0.0
    resume_at: float = 0.0
    lost: bool = False
    patience: float = 1.0
    """Times the silence of the settings that is borne: more, once a call timed out that was alone."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The permission to send one call to one endpoint."""

    endpoint: Endpoint
    era: int
    sent_at: float


@dataclass(slots=True)
class Endpoints:
    """All endpoints of one model; belongs to one event loop."""

    endpoints: Sequence[Endpoint]
    max_attempts: int
    model: str = ""
    api_key_env: str | None = None
    _stopped_by: Exception | None = None
    _waiting: deque[asyncio.Future[Slot]] = field(default_factory=deque)

    @property
    def answers(self) -> int:
        """Answers of all endpoints so far."""
        return sum(endpoint.answers for endpoint in self.endpoints)

    @property
    def is_stopped(self) -> bool:
        """Whether nothing more is to be sent."""
        return self._stopped_by is not None

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[Slot]:
        """Waits for room, first come first served, and holds it. Raises what `stop` was given."""
        slot = await self._take()
        try:
            yield slot
        finally:
            slot.endpoint.in_flight -= 1
            self._let_in()

    def succeed(self, slot: Slot) -> None:
        """The call was answered, or turned down: the server is there."""
        endpoint = slot.endpoint
        endpoint.answers += 1
        endpoint.failures = 0
        endpoint.pace.succeed()

    def fail(self, slot: Slot, failure: Failure) -> None:
        """Slow the endpoint down, let it rest, or give it up, by the kind of failure and how many went before."""
        endpoint, now = slot.endpoint, asyncio.get_running_loop().time()
        if failure.kind == "stalled":
            if endpoint.pace.in_flight_limit == 1 and slot.era == endpoint.pace.era:
                endpoint.patience = min(MOST_PATIENCE, 2 * endpoint.patience)
            endpoint.pace.push_back(era=slot.era, to_one=not endpoint.pace.was_answered)
        elif failure.slows:
            endpoint.pace.push_back(era=slot.era)
        if failure.kind == "barred":
            said = f"answers {failure.status}: {failure.text}" if failure.status else f"cannot be used: {failure.text}"
            self._lose(endpoint, failure, said)
            return
        if slot.sent_at >= endpoint.failed_at:  # calls of one round fail together and count once
            endpoint.failures, endpoint.failed_at = endpoint.failures + 1, now
        unreached = failure.kind in {"unreachable", "dropped"} and not endpoint.answers
        attempts = min(UNREACHED_ATTEMPTS, self.max_attempts) if unreached else self.max_attempts
        if endpoint.failures >= attempts:
            self._lose(
                endpoint,
                failure,
                f"gave no answer after {counted(endpoint.failures, 'attempt')} in a row: {failure.text}",
            )
        elif failure.retry_after is not None or endpoint.failures > 1:
            seconds = endpoint.pace.pause_seconds(endpoint.failures, retry_after=failure.retry_after)
            self._rest(endpoint, until=now + seconds)

    def stop(self, error: Exception) -> None:
        """No further call is sent; those waiting raise `error`."""
        self._stopped_by = self._stopped_by or error
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_exception(self._stopped_by)

    async def _take(self) -> Slot:
        if self._stopped_by:
            raise self._stopped_by
        endpoint = None if self._waiting else self._roomiest()
        if endpoint is not None:
            return self._enter(endpoint)
        waiting: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self._let_in()
        try:
            return await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled() and waiting.exception() is None:
                waiting.result().endpoint.in_flight -= 1
                self._let_in()
            raise

    def _let_in(self) -> None:
        """Those who wait longest, as far as there is room."""
        while self._waiting:
            if self._waiting[0].done():
                self._waiting.popleft()
                continue
            endpoint = self._roomiest()
            if endpoint is None:
                return
            self._waiting.popleft().set_result(self._enter(endpoint))

    def _roomiest(self) -> Endpoint | None:
        now = asyncio.get_running_loop().time()
        open_ones = [one for one in self.endpoints if not one.lost and one.resume_at <= now]
        best = max(open_ones, key=_room, default=None)
        return best if best is not None and _room(best) > 0 else None

    def _enter(self, endpoint: Endpoint) -> Slot:
        endpoint.in_flight += 1
        return Slot(endpoint, endpoint.pace.era, asyncio.get_running_loop().time())

    def _rest(self, endpoint: Endpoint, *, until: float) -> None:
        """Nothing is sent to the endpoint until then."""
        now = asyncio.get_running_loop().time()
        if endpoint.resume_at <= now and until - now >= LONG_REST_SECONDS:
            end = time.strftime("%H:%M:%S", time.localtime(time.time() + until - now))
            _log.warning(
                "teacher %s asks to be left alone: waiting %.0f seconds, until %s.",
                shown_address(endpoint.url),
                until - now,
                end,
            )
        if until > endpoint.resume_at:
            endpoint.resume_at = until
            asyncio.get_running_loop().call_at(until, self._let_in)

    def _lose(self, endpoint: Endpoint, failure: Failure, what: str) -> None:
        if endpoint.lost:
            return
        endpoint.lost = True
        left = [one for one in self.endpoints if not one.lost]
        if left:
            _log.warning(
                "teacher %s %s. It is left out; %s on.",
                shown_address(endpoint.url),
                what,
                counted(len(left), "of its endpoints goes", "of its endpoints go"),
            )
            return
        fix = failure.advise(model=self.model, api_key_env=self.api_key_env)
        self.stop(TeacherError(f"it {what}.", where=f"teacher {shown_address(endpoint.url)}", fix=f"{fix} {RESUME}"))


def _room(endpoint: Endpoint) -> int:
    return endpoint.pace.in_flight_limit - endpoint.in_flight
