"""Paraphrase without a language model: a sentence goes into another language and back through a translation engine.

Ours as a baseline and an offline teacher; the idea of paraphrase by a language between is that of Bannard and
Callison-Burch 2005. What comes back differs where the engine has a choice of words, so that many sentences return
unchanged, and those are for the filters to drop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from tutelage.core.languages import Direction
from tutelage.core.protocols import TranslationTeacher
from tutelage.core.records import Pair, Paraphrases, Provenance, Rejection, Segment

ROLE = "paraphrase"
CHUNK = 128
"""Segments taken through both directions at a time: several batches of an engine, so that its threads stay busy."""


class RoundTripTeacher:
    """A paraphrase teacher over two translation teachers, there and back; one paraphrase for each segment.

    Placeholders, long text and the ledger are the translators' own business: both ways are ordinary translations.
    """

    def __init__(self, there: TranslationTeacher, back: TranslationTeacher, *, lang: str, via: str) -> None:
        self._there, self._back = there, back
        self._out, self._home = Direction(lang, via), Direction(via, lang)
        self.figures: dict[str, float] = {}
        """Rejections, tokens and money of the way that runs, for progress."""

    @property
    def signature(self) -> str:
        """The language between, and both translators."""
        return f"round-trip:{self._out.target}({self._there.signature} {self._back.signature})"

    def paraphrase(self, segments: Iterable[Segment], *, count: int) -> Iterator[Paraphrases | Rejection]:
        """One paraphrase (none for a `count` of 0) or the rejection of the way that failed, in the segments' order.

        Raises what the translators raise; what they did before is in the ledger.
        """
        waiting = iter(segments)
        while chunk := list(islice(waiting, CHUNK)):
            yield from self._take(chunk, count=count)

    def _take(self, chunk: Sequence[Segment], *, count: int) -> Iterator[Paraphrases | Rejection]:
        """Joined by position: a translator gives one outcome for each segment, and ids may repeat."""
        out = list(self._translated(self._there, chunk, direction=self._out))
        abroad = [outcome.target for outcome in out if isinstance(outcome, Pair)]
        home = iter(list(self._translated(self._back, abroad, direction=self._home)))
        for segment, outcome in zip(chunk, out, strict=True):
            returned = next(home) if isinstance(outcome, Pair) else outcome
            yield self._outcome(segment, returned, count=count)

    def _translated(
        self, teacher: TranslationTeacher, segments: Sequence[Segment], *, direction: Direction
    ) -> Iterator[Pair | Rejection]:
        for outcome in teacher.translate(segments, direction=direction):
            self.figures = getattr(teacher, "figures", {})
            yield outcome

    def _outcome(self, segment: Segment, returned: Pair | Rejection, *, count: int) -> Paraphrases | Rejection:
        provenance = Provenance(origin=ROLE, parents=(segment.id,), role=ROLE, teacher=self.signature)
        if isinstance(returned, Rejection):
            return Rejection(segment.id, ROLE, returned.reason, raw=returned.raw, provenance=provenance)
        return Paraphrases(segment, (returned.target.text,)[:count], provenance)
