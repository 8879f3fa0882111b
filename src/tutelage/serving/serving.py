"""Students served until somebody stops the server: the whole of it, as a function."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tutelage.core.decoding import Decoding
from tutelage.core.errors import UsageError
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.languages import Direction
from tutelage.corpora.glossary.reading import open_glossary
from tutelage.serving.access import Access, KeyedAccess, OpenAccess
from tutelage.serving.app import make_app
from tutelage.serving.following import Follower
from tutelage.serving.limits import Limits
from tutelage.serving.monitor import Monitor
from tutelage.serving.naming import Named
from tutelage.serving.queue import GuardedStudent
from tutelage.serving.server import Server, is_loopback, log_requests
from tutelage.serving.service import Service
from tutelage.serving.students import Opening
from tutelage.serving.translator import Translator
from tutelage.storage.days import DayStore
from tutelage.storage.feedback.store import FeedbackStore


@dataclass(frozen=True, slots=True)
class Wishes:
    """How students are served."""

    host: str = "127.0.0.1"
    port: int = 5000
    glossary: tuple[str, ...] = ()
    engine: str = "auto"
    compute_type: str = "float32"
    decoding: Decoding = field(default_factory=Decoding)
    characters: int = 100_000
    seconds: float = 60.0
    rate: int | None = None
    log: bool = False
    feedback: Path | str = "runs/corrections.feedback"
    """The store of corrections and of keys: a path, or a PostgreSQL URL."""
    days: Path = Path("runs/served.days")
    """The store of what was seen day by day."""
    follow: Path | None = None
    """A folder of runs, whose promoted students are served as soon as there are some."""
    suggestions: bool = True
    """Whether corrections are taken."""
    needs_key: bool | None = None
    """Whether nobody is served without a key; `None` asks for one if other machines reach the server."""

    def opening(self, direction: Direction) -> Opening:
        """How a student of a direction is opened."""
        terms = TermKeeping(open_glossary(self.glossary, direction=direction)) if self.glossary else None
        return Opening(self.engine, self.compute_type, self.decoding, terms)


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def serve_students(
    students: Sequence[Named],
    wishes: Wishes,
    *,
    started: Callable[[str], None] = print,
    told: Callable[[str], None] = _tell,
) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is in flight.

    `started` is told the address, and `told` what is to be known of the students.
    """
    if wishes.log:
        log_requests()
    required = not is_loopback(wishes.host) if wishes.needs_key is None else wishes.needs_key
    store = FeedbackStore.open(wishes.feedback) if wishes.suggestions or required else None
    access = _access(store, required=required)
    translator = Translator([wishes.opening(one.direction).open(one.name, one.direction) for one in students])
    limits = Limits(characters=wishes.characters, seconds=wishes.seconds, rate=wishes.rate)
    days = DayStore.open(wishes.days)
    service = Service(translator, limits, access, store=store if wishes.suggestions else None, monitor=Monitor(days))
    for student in translator.students:
        if student.background.told:
            told(f"{student.name}: {student.background.told}")
    follower = _follower(wishes, translator)
    try:
        Server(
            make_app(service, loopback=is_loopback(wishes.host)), host=wishes.host, port=wishes.port, started=started
        ).run()
    finally:
        if follower is not None:
            follower.stop()
        service.close()
        days.close()
        if store is not None:
            store.close()


def _follower(wishes: Wishes, translator: Translator) -> Follower | None:
    """Already following, if that is wished."""
    if wishes.follow is None:
        return None

    def open_engine(name: str, direction: Direction) -> GuardedStudent:
        return wishes.opening(direction).open_engine(name, direction)

    follower = Follower(wishes.follow, translator.students, open_engine=open_engine)
    follower.start()
    return follower


def _access(store: FeedbackStore | None, *, required: bool) -> Access:
    """UsageError if keys are needed and there is none."""
    if store is None:
        return OpenAccess()
    if required and not store.names():
        raise UsageError(
            "nobody could ask: a key is needed, and there is none.",
            where=store.shown,
            fix="Make one with `tutelage feedback key NAME`, or let everybody in with --no-key.",
        )
    return KeyedAccess(store, required=required)
