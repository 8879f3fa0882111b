"""The contracts between folders that may not import one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction
from tutelage.core.records import Pair, Rejection, Segment


class Engine(Protocol):
    """Decodes with a student; CTranslate2, transformers and others give the same greedy output."""

    @property
    def signature(self) -> str:
        """Name of the engine and content key of the weights."""
        ...

    def translate(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[str]:
        """One output for each source, in their order, streaming."""
        ...


class TranslationTeacher(Protocol):
    """A teacher in the role *translate*."""

    @property
    def signature(self) -> str:
        """Name and version of the teacher, as written into provenance."""
        ...

    def translate(self, segments: Iterable[Segment], *, direction: Direction) -> Iterator[Pair | Rejection]:
        """One pair or rejection for each segment, in their order, streaming; every call passes the ledger."""
        ...


@dataclass(frozen=True, slots=True)
class IdentifiedLanguage:
    """What a language identifier found: a base code (`pt`) and how sure it is, 0 to 1."""

    lang: str
    confidence: float


class LanguageIdentifier(Protocol):
    """Tells the language of a text."""

    @property
    def signature(self) -> str:
        """Name and version of the identifier, as written into score signatures."""
        ...

    def identify(self, text: str, *, among: Sequence[str]) -> IdentifiedLanguage | None:
        """The language among the given base codes, or none where the text is too short to tell.

        Another language only where the identifier is sure of it, and `und` where the script is that of none of them.
        """
        ...

    def label(self, text: str) -> str:
        """The likeliest of all the languages that the identifier knows, as a base code, whatever its confidence."""
        ...


class Progress(Protocol):
    """Shows long work: rate, time left, money spent."""

    def start(self, name: str, *, total: int | None, unit: str = "segments") -> None:
        """Begin a piece of work of `total` units (none: not known)."""
        ...

    def advance(self, count: int = 1, **figures: float) -> None:
        """`count` more units are done; `figures` are shown beside the rate (loss, cost, …)."""
        ...

    def finish(self, note: str = "") -> None:
        """The piece of work is done; `note` says what came out."""
        ...


class Silence:
    """Progress that shows nothing."""

    def start(self, name: str, *, total: int | None, unit: str = "segments") -> None:
        """Show nothing."""

    def advance(self, count: int = 1, **figures: float) -> None:
        """Show nothing."""

    def finish(self, note: str = "") -> None:
        """Show nothing."""
