"""Students opened to be served: the one file here that loads models."""

from __future__ import annotations

from dataclasses import dataclass, field

from tutelage.core.decoding import Decoding
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.glossary.protection import with_kept_terms
from tutelage.core.languages import Direction
from tutelage.core.protection.spans import ALL, Protection
from tutelage.serving.queue import BatchQueue
from tutelage.serving.translator import Served
from tutelage.students.engines.guarded import GuardedEngine
from tutelage.students.naming import default_terms, open_student


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
        return Served(name, direction, queue, self.protection)

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
