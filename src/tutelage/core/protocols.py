"""The contracts between folders that may not import one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction
from tutelage.core.records import Pair, Paraphrases, Rejection, Segment
from tutelage.core.syntax import SyntaxTree

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Engine(Protocol):
    """Decodes with a student; CTranslate2, transformers and others give the same greedy output."""

    @property
    def signature(self) -> str:
        """Name of the engine and content key of the weights."""
        ...

    def translate(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[str]:
        """One output for each source, in their order, streaming."""
        ...

    def translate_several(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[tuple[str, ...]]:
        """`decoding.outputs` outputs for each source, in the sources' order, streaming; a beam's likeliest first."""
        ...


@dataclass(frozen=True, slots=True)
class Alignment:
    """What a student looked at in its source while it wrote: its cross-attention."""

    source_tokens: tuple[tuple[int, int], ...]
    """Characters of the source that each token stands for; none (`start == end`) for languages and ends."""
    target_tokens: tuple[tuple[int, int], ...]
    weights: Sequence[Sequence[float]]
    """Of each target token on each source token, [T, S]."""


@dataclass(frozen=True, slots=True)
class StudentInput:
    """A text for a student, and whether its alignment is wanted with its outputs."""

    text: str
    aligned: bool = False


@dataclass(frozen=True, slots=True)
class Scored:
    """An output, and how sure the student was of it."""

    text: str
    log_probability: float | None = None
    """Mean of its tokens in nats, the end counted, 0 at most; `None` if the engine does not say."""
    alignment: Alignment | None = None
    """`None` if it was not asked for, or if the tokens are not found in the texts."""


class ScoringEngine(Engine, Protocol):
    """An engine that also says how sure the student was."""

    def translate_scored(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[tuple[Scored, ...]]:
        """`decoding.outputs` outputs for each source, as without scores."""
        ...


class AligningEngine(ScoringEngine, Protocol):
    """An engine that also says what the student looked at."""

    def translate_stretches(
        self, stretches: Iterable[StudentInput], *, decoding: Decoding, scored: bool
    ) -> Iterator[tuple[Scored, ...]]:
        """`decoding.outputs` outputs for each stretch, with their alignments if it wants them, and scores if asked."""
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


class ParaphraseTeacher(Protocol):
    """A teacher in the role *paraphrase*."""

    @property
    def signature(self) -> str:
        """Name and version of the teacher and of how it is asked, as written into provenance."""
        ...

    def paraphrase(self, segments: Iterable[Segment], *, count: int) -> Iterator[Paraphrases | Rejection]:
        """Up to `count` paraphrases or a rejection for each segment, in their order, streaming."""
        ...


class Embedder(Protocol):
    """Turns sentences into vectors whose cosine says how near they are in meaning."""

    @property
    def signature(self) -> str:
        """Name and content key of the model, as written into score signatures."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors [N, D] of length 1, in the order of the texts."""
        ...


class LanguageModel(Protocol):
    """Tells how likely a sentence is in its language."""

    @property
    def signature(self) -> str:
        """Name and content key of the model, as written into score signatures."""
        ...

    def mean_log_likelihoods(self, texts: Sequence[str]) -> list[float]:
        """Of each text the mean log-likelihood of its tokens, in nats; higher is likelier, 0 for an empty one."""
        ...


class Parser(Protocol):
    """Parses sentences into trees."""

    @property
    def signature(self) -> str:
        """Name and version of the parser and its model, as written into score signatures."""
        ...

    def parse(self, texts: Iterable[str]) -> Iterator[SyntaxTree | None]:
        """One tree for each text, in their order, streaming; none for a text that has no parse."""
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
        """The language among the given base codes, or `None` if the text is too short to tell.

        Another language only where the identifier is sure of it, and `und` where the script is that of none of them.
        """
        ...

    def knows(self, lang: str) -> bool:
        """Whether it can tell text in the language; asked about one that it cannot, it may give no answer at all."""
        ...

    def label(self, text: str) -> str:
        """The likeliest of all the languages that the identifier knows, as a base code, whatever its confidence."""
        ...


class Progress(Protocol):
    """Shows long work: rate, time left, money spent."""

    def start(self, name: str, *, total: int | None, unit: str = "segments") -> None:
        """Begin a piece of work of `total` units (`None`: not known)."""
        ...

    def advance(self, count: int = 1, **figures: float) -> None:
        """`count` more units are done; `figures` are shown beside the rate (loss, cost, …)."""
        ...

    def finish(self, note: str = "") -> None:
        """The piece of work is done; `note` says what came out."""
        ...

    def beside(self) -> Progress:
        """Shows another piece of work that goes on at the same time, in another thread."""
        ...


class Silence:
    """Progress that shows nothing."""

    def start(self, name: str, *, total: int | None, unit: str = "segments") -> None:
        """Show nothing."""

    def advance(self, count: int = 1, **figures: float) -> None:
        """Show nothing."""

    def finish(self, note: str = "") -> None:
        """Show nothing."""

    def beside(self) -> Progress:
        """Show nothing of it either."""
        return self
