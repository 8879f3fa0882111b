"""Looks at a sample of what is translated for signs that the student was not made for it; keeps counts alone."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from tutelage.core.errors import UserError
from tutelage.core.languages import Direction
from tutelage.core.protection.spans import Protection
from tutelage.core.protection.translation import Translated
from tutelage.serving.confidence import confidence_of
from tutelage.serving.looks import Looker
from tutelage.serving.signs import SIGNS, UNSEEN
from tutelage.storage.days import DayCounts, DayStore
from tutelage.storage.days.store import Day
from tutelage.students.known_words import KnownWords

LOG = logging.getLogger("tutelage.serving")
MOST_A_SECOND = 20.0
"""Texts that are looked at, so that a loaded server keeps its time for translating; of more, a random choice."""
MOST_WAITING = 100
KEPT_SECONDS = 5.0
"""How long a count may wait to be written down."""
SHOWN_DAYS = 14


@dataclass(frozen=True, slots=True)
class _Seen:
    direction: Direction
    protection: Protection
    known: KnownWords | None
    text: str
    outcome: Translated


@dataclass(frozen=True, slots=True)
class Warned:
    """A sign that is worth a warning today."""

    direction: Direction
    sign: str
    words: str


class Monitor:
    """The counts of each day by direction, made in a thread of their own."""

    def __init__(
        self,
        store: DayStore | None = None,
        *,
        most_a_second: float = MOST_A_SECOND,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        """`store` keeps the counts beyond the life of the server; without one they are those since it began."""
        self.looker = Looker()
        self._store, self._most, self._today = store, most_a_second, today
        first = (today() - timedelta(days=SHOWN_DAYS)).isoformat()
        self._days: dict[Day, DayCounts] = store.since(first) if store else {}
        self._unwritten: dict[Day, DayCounts] = {}
        self._tuned_alone: set[Direction] = set()
        """Directions whose student was trained before on texts that nobody knows."""
        self._said: set[tuple[str, Direction, str]] = set()
        self._waiting: deque[_Seen] = deque(maxlen=MOST_WAITING)
        self._left, self._filled, self._random = most_a_second, time.monotonic(), Random(0)
        self._lock, self._changed, self._stopped = threading.Lock(), threading.Event(), False
        self._thread = threading.Thread(target=self._work, name="monitor", daemon=True)
        self._thread.start()

    def note(
        self,
        texts: Sequence[str],
        outcomes: Sequence[Translated],
        *,
        direction: Direction,
        protection: Protection,
        known: KnownWords | None,
    ) -> None:
        """Take a random choice of what was translated to be looked at soon."""
        with self._lock:  # each student's queue has a thread of its own
            now = time.monotonic()
            self._left = min(self._most, self._left + (now - self._filled) * self._most)
            self._filled = now
            chosen = self._random.sample(range(len(texts)), min(len(texts), int(self._left)))
            self._left -= len(chosen)
        for place in chosen:
            self._waiting.append(_Seen(direction, protection, known, texts[place], outcomes[place]))
        if chosen:
            self._changed.set()

    def days(self, direction: Direction) -> dict[str, DayCounts]:
        """The counts of the last days on which there were some, the newest first."""
        with self._lock:
            found = {day: counts for (day, of), counts in self._days.items() if of == direction}
        return dict(sorted(found.items(), reverse=True)[:SHOWN_DAYS])

    def day(self, direction: Direction) -> DayCounts:
        """Today's counts."""
        return self.days(direction).get(self._today().isoformat(), DayCounts())

    def week(self, direction: Direction) -> DayCounts:
        """The counts of the seven days before today."""
        today = self._today()
        wanted = {(today - timedelta(days=back)).isoformat() for back in range(1, 8)}
        return sum((counts for day, counts in self.days(direction).items() if day in wanted), DayCounts())

    def warnings(self, direction: Direction) -> list[Warned]:
        """What is to be said of today."""
        today, week = self.day(direction), self.week(direction)
        found = []
        for sign in SIGNS:
            drift_alone = sign is UNSEEN and direction in self._tuned_alone
            if words := sign.warning(today, week, drift_alone=drift_alone):
                found.append(Warned(direction, sign.name, words))
        return found

    def stop(self) -> None:
        """Look at what waits, write down what was counted, and end."""
        self._stopped = True
        self._changed.set()
        self._thread.join()

    def _work(self) -> None:
        written = time.monotonic()
        while not self._stopped:
            self._changed.wait(KEPT_SECONDS)
            self._changed.clear()
            self._look_at_waiting()
            if time.monotonic() - written >= KEPT_SECONDS:
                self._write()
                written = time.monotonic()
        self._look_at_waiting()
        self._write()

    def _look_at_waiting(self) -> None:
        while self._waiting:
            seen = self._waiting.popleft()
            try:
                self._count(seen, self._counts(seen))
            except Exception as error:  # a defect of ours: no reason to end, and no text in the log
                LOG.warning("a text could not be looked at: %s", type(error).__name__)

    def _counts(self, seen: _Seen) -> DayCounts:
        look = self.looker.look(seen.text, direction=seen.direction, protection=seen.protection, known=seen.known)
        confidence = confidence_of(seen.outcome.log_probability)
        return DayCounts(
            texts=1,
            words=look.words,
            unseen=len(look.unseen),
            told=look.other is not None,
            other=bool(look.other),
            scored=confidence is not None,
            unsure=confidence == "low",
        )

    def _count(self, seen: _Seen, counts: DayCounts) -> None:
        day = self._today().isoformat(), seen.direction
        with self._lock:
            for table in (self._days, self._unwritten):
                table[day] = table.get(day, DayCounts()) + counts
            if seen.known is not None and not seen.known.whole:
                self._tuned_alone.add(seen.direction)
            else:
                self._tuned_alone.discard(seen.direction)
        self._warn(seen.direction)

    def _warn(self, direction: Direction) -> None:
        """In the log, each thing once a day."""
        for warned in self.warnings(direction):
            said = self._today().isoformat(), direction, warned.sign
            if said not in self._said:
                self._said.add(said)
                LOG.warning("%s: %s; the student was not trained for that.", direction, warned.words)

    def _write(self) -> None:
        with self._lock:
            counts, self._unwritten = self._unwritten, {}
        if self._store is None or not counts:
            return
        try:
            self._store.add(counts)
        except UserError:  # counts are not worth a stop: tried again with the next ones
            with self._lock:
                self._unwritten = {
                    day: counts.get(day, DayCounts()) + self._unwritten.get(day, DayCounts())
                    for day in counts | self._unwritten
                }
