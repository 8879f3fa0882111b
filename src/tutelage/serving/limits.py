"""What a client may ask for: size, time, and how often."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tutelage.core.counts import counted
from tutelage.serving.refusal import RefusalError

MOST_CALLERS = 10_000
"""Callers whose rate is remembered; the one not seen for longest is forgotten first."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one server."""

    characters: int = 100_000
    """Of all texts of a request together."""
    texts: int = 1000
    """In one request."""
    body_bytes: int = 10_000_000
    """Of a request, files included."""
    seconds: float = 60.0
    """For a request to arrive, and again for it to be translated; files take ten times as long at most."""
    rate: int | None = None
    """Requests a minute of one key, or of one address; `None` means any number."""
    alternatives: int = 8
    """Further translations of a text at most."""

    def check_texts(self, texts: Sequence[str]) -> None:
        """RefusalError if there are too many, or they are too long."""
        if len(texts) > self.texts:
            raise RefusalError(400, f"There are more than {counted(self.texts, 'text')} in the request.")
        if sum(map(len, texts)) > self.characters:
            raise RefusalError(400, f"The request has more than {counted(self.characters, 'character')}.")


@dataclass(slots=True)
class Rates:
    """How many requests each caller has left; they come back evenly over a minute."""

    per_minute: int | None
    now: Callable[[], float] = time.monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, caller: str) -> None:
        """RefusalError with the seconds to wait if the caller has none left."""
        if self.per_minute is None:
            return
        now = self.now()
        left, then = self._left.pop(caller, (float(self.per_minute), now))
        left = min(float(self.per_minute), left + (now - then) * self.per_minute / 60)
        self._left[caller] = (max(left - 1, 0.0) if left >= 1 else left, now)
        if len(self._left) > MOST_CALLERS:
            self._left.popitem(last=False)
        if left < 1:
            wait = int((1 - left) * 60 / self.per_minute) + 1
            raise RefusalError(429, f"More than {counted(self.per_minute, 'request')} a minute.", retry_seconds=wait)
