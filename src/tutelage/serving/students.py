"""Students opened to be served: the one file here that loads models."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tutelage.core.decoding import Decoding
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.glossary.protection import with_kept_terms
from tutelage.core.languages import Direction
from tutelage.core.protection.spans import ALL, Protection
from tutelage.evaluation.readings import count_readings
from tutelage.serving.background import Background
from tutelage.serving.queue import BatchQueue
from tutelage.serving.translator import Served
from tutelage.students.engines.guarded import GuardedEngine
from tutelage.students.exports.export import is_export, read_export
from tutelage.students.known_words import read_known_words
from tutelage.students.loading import locate_student
from tutelage.students.naming import default_terms, open_student
from tutelage.students.promoted import is_run_folder


@dataclass(frozen=True, slots=True)
class Opening:
    """How students are opened and decode; as `tutelage translate` does."""

    engine: str = "auto"
    compute_type: str = "float32"
    decoding: Decoding = field(default_factory=Decoding)
    terms: TermKeeping | None = None
    """`None` keeps those of an export that has a glossary of its own."""

    @property
    def protection(self) -> Protection:
        """What comes through whole."""
        return with_kept_terms(ALL, None if self.terms is None else self.terms.glossary)

    def open(self, name: str, direction: Direction) -> Served:
        """The student at work, with a queue of its own."""
        queue = BatchQueue(self.open_engine(name, direction), decoding=self.decoding)
        terms = self.terms or default_terms(name)
        glossary = None if terms is None else terms.glossary
        return Served(name, direction, queue, self.protection, find_background(name), glossary)

    def open_engine(self, name: str, direction: Direction) -> GuardedEngine:
        """What decodes."""
        return open_student(
            name,
            direction=direction,
            engine=self.engine,
            compute_type=self.compute_type,
            protection=self.protection,
            terms=self.terms or default_terms(name),
        )


def find_background(name: str) -> Background:
    """What is known of a student by any name that it has."""
    path = Path(name)
    if is_export(path):
        return Background(read_known_words(path), read_export(path).test_set_readings)
    gates = count_readings(path).gates if is_run_folder(path) else None
    return Background(read_known_words(locate_student(name)), gates)
