"""Decoding that keeps the terms of a glossary: other hypotheses of the beam, then the term forced into each place.

Only what lacks a term, or has a forbidden one, is decoded again. First the likeliest of `BEAMS` hypotheses that breaks
the glossary least is taken (reranking). If a term is lacking still, its translation is written behind each beginning of
the hypothesis in turn and the student goes on from there (`target_prefix`); besides, it translates the source with the
translation in the term's place, bare (a student copies what it does not know) and masked. Of what then breaks the
glossary least the likeliest is taken, by the student's own log-probability of the whole. That is the search of grid
beam search (Hokamp & Liu 2017, arXiv 1704.07138) with one term at a time, from one hypothesis instead of a beam:
CTranslate2 can be given a beginning, but no words to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from tutelage.core.decoding import Decoding
from tutelage.core.glossary.filling import fill_terms
from tutelage.core.glossary.glossary import Occurrence, Use
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.protection.masks import LETTERS, MaskForm, mask, unmask
from tutelage.core.protection.spans import Protection
from tutelage.core.protocols import Engine, Scored, StudentInput
from tutelage.students.batching import windows
from tutelage.students.engines.guarded import tell_log_probabilities

WINDOW = 512
"""Sources that are looked at together, so that what is decoded again is decoded in batches."""
BEAMS = 8
"""Hypotheses that are reranked."""
MOST_PLACES = 24
"""Beginnings of one hypothesis behind which a term is forced; of longer ones an even choice."""
MOST_FORMS = 2
"""Translations of one term that are forced."""
MOST_FORCED = 3
"""Terms that are forced into one text, one after the other."""
_NOTHING = Protection(literals=False)


class ForcedSearch(Protocol):
    """What an engine that can be given beginnings has beside `Engine`."""

    def go_on(self, sources: Sequence[str], beginnings: Sequence[str], *, decoding: Decoding) -> list[str]:
        """For each source the whole of what the student writes behind its beginning."""
        ...

    def score(self, sources: Sequence[str], texts: Sequence[str], *, decoding: Decoding) -> list[float]:
        """The log-probability of each text as a translation of its source; higher is likelier."""
        ...


class TermSearchEngine:
    """An `Engine` around another one; outputs that keep the glossary at once are the other's own."""

    def __init__(
        self, engine: Engine, keeping: TermKeeping, *, search: ForcedSearch | None, form: MaskForm = LETTERS
    ) -> None:
        """`search` is the engine itself if it can be given beginnings; without it, hypotheses are only reranked."""
        self._engine, self._keeping, self._form = engine, keeping, form
        self._search = search if keeping.forces else None

    @property
    def signature(self) -> str:
        """Of the engine, and of how terms are kept."""
        done = "" if self._search is not None or not self._keeping.forces else "-reranked"
        return f"{self._engine.signature}|{self._keeping.signature}{done}"

    def translate(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[str]:
        """One output for each source, in their order, streaming by windows; what is sampled stays as it is."""
        for window in windows(sources, WINDOW):
            outputs = list(self._engine.translate(window, decoding=decoding))
            if not decoding.samples:
                self._mend(window, outputs, decoding)
            yield from outputs

    def translate_stretches(
        self, stretches: Iterable[StudentInput], *, decoding: Decoding, scored: bool
    ) -> Iterator[tuple[Scored, ...]]:
        """What the other engine tells, if it tells alignments; of an output that was mended neither these nor a score.

        Several outputs come as they are.
        """
        engine: Any = self._engine
        for window in windows(stretches, WINDOW):
            told: list[tuple[Scored, ...]] = list(engine.translate_stretches(window, decoding=decoding, scored=scored))
            if decoding.outputs == 1 and not decoding.samples:
                outputs = [one.text for (one,) in told]
                self._mend([one.text for one in window], outputs, decoding)
                told = [
                    (one,) if one.text == text else (Scored(text),) for (one,), text in zip(told, outputs, strict=True)
                ]
            yield from told

    def translate_several(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[tuple[str, ...]]:
        """The other engine's outputs, as they are."""
        return self._engine.translate_several(sources, decoding=decoding)

    def mean_log_probabilities(
        self, sources: Sequence[str], texts: Sequence[str], *, decoding: Decoding
    ) -> list[float] | None:
        """The other engine's, of texts as they stand."""
        return tell_log_probabilities(self._engine, sources, texts, decoding=decoding)

    def _mend(self, sources: Sequence[str], outputs: list[str], decoding: Decoding) -> None:
        before = self._damages(sources, outputs)
        self._rerank(sources, outputs, decoding)
        if self._search is not None:
            self._force(sources, outputs, decoding, self._search)
        self._keeping.tally.lacking += sum(before)
        self._keeping.tally.mended += sum(before) - sum(self._damages(sources, outputs))

    def _rerank(self, sources: Sequence[str], outputs: list[str], decoding: Decoding) -> None:
        places = [place for place, source in enumerate(sources) if self._damage(source, outputs[place])]
        if not places:
            return
        wide = replace(decoding, beam_size=max(BEAMS, decoding.beam_size), outputs=BEAMS)
        several = self._engine.translate_several([sources[place] for place in places], decoding=wide)
        for place, hypotheses in zip(places, several, strict=True):
            choices = [outputs[place], *filter(None, hypotheses)]
            outputs[place] = min(choices, key=lambda one: self._damage(sources[place], one))

    def _force(self, sources: Sequence[str], outputs: list[str], decoding: Decoding, search: ForcedSearch) -> None:
        tried: list[set[str]] = [set() for _ in sources]
        for _ in range(MOST_FORCED):
            missing = {
                place: term
                for place, source in enumerate(sources)
                if (term := self._next_missing(source, outputs[place], tried[place]))
            }
            if not missing:
                return
            found = [*self._begun(sources, outputs, missing, decoding, search)]
            found += self._filled(sources, missing, decoding)
            self._take_likeliest(sources, outputs, found, decoding, search)
            for place, term in missing.items():
                tried[place].add(term.name)

    def _begun(
        self,
        sources: Sequence[str],
        outputs: Sequence[str],
        missing: dict[int, Occurrence],
        decoding: Decoding,
        search: ForcedSearch,
    ) -> Iterator[tuple[int, str]]:
        """What the student writes behind each beginning."""
        tries = [(place, one) for place, term in missing.items() for one in beginnings(outputs[place], term)]
        asked = [sources[place] for place, _ in tries], [beginning for _, beginning in tries]
        yield from zip((place for place, _ in tries), search.go_on(*asked, decoding=decoding), strict=True)

    def _filled(
        self, sources: Sequence[str], missing: dict[int, Occurrence], decoding: Decoding
    ) -> Iterator[tuple[int, str]]:
        """What it writes with the translations in place of the terms, as they are and behind masks."""
        filled = {place: fill_terms(sources[place], self._keeping.glossary, _NOTHING) for place in missing}
        answers = self._engine.translate([one.text for one in filled.values()], decoding=decoding)
        yield from zip(filled, answers, strict=True)
        masked = {place: mask(one.text, self._form, one.protection) for place, one in filled.items()}
        answers = self._engine.translate([one.text for one in masked.values()], decoding=decoding)
        for (place, one), answer in zip(masked.items(), answers, strict=True):
            if (whole := unmask(answer, one)) is not None:
                yield place, whole

    def _take_likeliest(
        self,
        sources: Sequence[str],
        outputs: list[str],
        found: Sequence[tuple[int, str]],
        decoding: Decoding,
        search: ForcedSearch,
    ) -> None:
        before = self._damages(sources, outputs)
        better = [(place, text) for place, text in found if self._damage(sources[place], text) < before[place]]
        if not better:
            return
        asked = [sources[place] for place, _ in better], [text for _, text in better]
        best: dict[int, tuple[int, float]] = {}
        for (place, text), score in zip(better, search.score(*asked, decoding=decoding), strict=True):
            rank = -self._damage(sources[place], text), score
            if place not in best or rank > best[place]:
                best[place], outputs[place] = rank, text

    def _next_missing(self, source: str, output: str, tried: set[str]) -> Occurrence | None:
        broken = (use.occurrence for use in self._uses(source, output) if use.is_broken)
        return next((one for one in broken if one.allowed and one.name not in tried), None)

    def _damages(self, sources: Sequence[str], outputs: Sequence[str]) -> list[int]:
        return [self._damage(source, output) for source, output in zip(sources, outputs, strict=True)]

    def _damage(self, source: str, output: str) -> int:
        return sum((not use.is_kept) + len(use.forbidden) for use in self._uses(source, output))

    def _uses(self, source: str, output: str) -> tuple[Use, ...]:
        return self._keeping.glossary.uses(source, output)


def beginnings(hypothesis: str, missing: Occurrence) -> Iterator[str]:
    """Each beginning of the hypothesis, at the start of a word, with a translation of the missing term behind it."""
    words = hypothesis.split()
    step = max(1, -(-len(words) // MOST_PLACES))
    for target in missing.allowed[:MOST_FORMS]:
        for count in range(0, max(1, len(words)), step):
            behind = target[:1].upper() + target[1:] if count == 0 and hypothesis[:1].isupper() else target
            yield " ".join((*words[:count], behind))
