"""Students served until somebody stops the server: the whole of it, as a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tutelage.core.decoding import Decoding
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.languages import Direction
from tutelage.corpora.glossary.reading import open_glossary
from tutelage.serving.app import make_app
from tutelage.serving.limits import Limits
from tutelage.serving.naming import Named
from tutelage.serving.server import Server, is_loopback, log_requests
from tutelage.serving.service import Service
from tutelage.serving.students import Opening
from tutelage.serving.translator import Translator


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

    def opening(self, direction: Direction) -> Opening:
        """How a student of a direction is opened."""
        terms = TermKeeping(open_glossary(self.glossary, direction=direction)) if self.glossary else None
        return Opening(self.engine, self.compute_type, self.decoding, terms)


def serve_students(students: Sequence[Named], wishes: Wishes, *, started: Callable[[str], None] = print) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is in flight; `started` is told the address."""
    if wishes.log:
        log_requests()
    translator = Translator([wishes.opening(one.direction).open(one.name, one.direction) for one in students])
    limits = Limits(characters=wishes.characters, seconds=wishes.seconds, rate=wishes.rate)
    app = make_app(Service(translator, limits), loopback=is_loopback(wishes.host))
    try:
        Server(app, host=wishes.host, port=wishes.port, started=started).run()
    finally:
        translator.close()
