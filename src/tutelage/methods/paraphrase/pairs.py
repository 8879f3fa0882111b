"""The stage `pairs`: each source with one paraphrase that is fit to be trained on, and how far apart the two are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from tutelage.core.errors import CorpusError
from tutelage.core.protocols import Embedder, LanguageIdentifier, Parser
from tutelage.core.records import Paraphrases, Provenance, Rejection, Segment
from tutelage.core.stage import Stage, Work
from tutelage.corpora.held_back import LEAKED, HeldBack
from tutelage.corpora.leakage import LeakageIndex
from tutelage.corpora.normalising import bare, short_hash
from tutelage.corpora.texts import Text
from tutelage.methods.paraphrase.distances import SyntacticDistances, lexical_distance
from tutelage.methods.paraphrase.faults import find_fault, is_forbidden, is_wrong_language, read_forbidden
from tutelage.methods.paraphrase.models import open_embedder, open_syntax
from tutelage.methods.paraphrase.settings import ParaphraseFilterSettings, ParaphraseSettings
from tutelage.stages.context import StepContext
from tutelage.stages.rejections import tell_rejections
from tutelage.storage.stages import StageTable

CHUNK = 512
"""Pairs embedded or parsed together."""


@dataclass(frozen=True, slots=True)
class ParaphrasePair:
    """A source and one of its paraphrases."""

    id: str
    """The source's id and the paraphrase's number: `d1:7#2`."""
    source: Segment
    target: Segment
    lexical: float
    """Distance in words: 100 − sentence BLEU of the paraphrase against its source."""
    meaning: float | None = None
    """Cosine of both sentence embeddings, at most 1; `None` if there is no floor."""
    syntactic: float | None = None
    """Distance of the parse trees, 0 to 100; none without a parser, or where a sentence has no parse."""
    provenance: Provenance = field(default_factory=Provenance)


@dataclass(frozen=True, slots=True)
class PairsInputs:
    """Paraphrases of teachers and of people, and what they must be like."""

    paraphrases: StageTable[Paraphrases]
    human: Text
    """Filtered as a teacher's are."""
    filters: ParaphraseFilterSettings
    """Without the file of forbidden words."""
    forbidden: str | None
    """A pattern that finds them."""
    embedder: str | None
    """Name of what measures meaning; `None` if there is no floor."""
    parser: str
    identifier: LanguageIdentifier | None
    """`None` if languages are not looked at."""
    held_back: HeldBack


def sift_paraphrases(inputs: PairsInputs, work: Work) -> Iterator[ParaphrasePair | Rejection]:
    """The pairs that can be trained on, and a rejection for each other paraphrase."""
    work.progress.start("filter paraphrases", total=None)
    kept = filter_paraphrases(
        chain(inputs.paraphrases, _human_paraphrases(inputs.human)),
        inputs.filters,
        forbidden=re.compile(inputs.forbidden) if inputs.forbidden else None,
        embedder=open_embedder(inputs.embedder) if inputs.embedder else None,
        parser=open_syntax(inputs.parser),
        identifier=inputs.identifier,
        held_back=inputs.held_back.index(),
    )
    for outcome in kept:
        yield outcome
        work.progress.advance()
    work.progress.finish()


PAIRS = Stage("pairs", 3, ParaphrasePair, sift_paraphrases)


def pairs_stage(
    context: StepContext, paraphrases: StageTable[Paraphrases], *, settings: ParaphraseSettings
) -> StageTable[ParaphrasePair]:
    """The pairs, filtered with counts; CorpusError if none is left."""
    filters = settings.filters
    forbidden = read_forbidden(filters.forbidden_words)
    inputs = PairsInputs(
        paraphrases=paraphrases,
        human=context.texts.text("parallel"),
        filters=filters.model_copy(update={"forbidden_words": None}),
        forbidden=forbidden.pattern if forbidden else None,
        embedder=settings.floor_embedder,
        parser=settings.parser,
        identifier=context.identifier if filters.language else None,
        held_back=context.held_back,
    )
    pairs = context.folder.make(PAIRS, inputs)
    if pairs.rows == 0:
        raise CorpusError(
            f"no paraphrase is left to train on.{tell_rejections(paraphrases.rejections(), pairs.rejections())}",
            where=str(pairs.path),
            fix="Look at pairs.rejected.parquet for the reasons; a filter may be too strict for this teacher.",
        )
    return pairs


def filter_paraphrases(
    paraphrases: Iterable[Paraphrases],
    settings: ParaphraseFilterSettings,
    *,
    forbidden: re.Pattern[str] | None,
    embedder: Embedder | None,
    parser: Parser | None,
    identifier: LanguageIdentifier | None,
    held_back: LeakageIndex | None = None,
) -> Iterator[ParaphrasePair | Rejection]:
    """Every paraphrase as a pair that can be trained on, or as a rejection with its first reason, streaming.

    Checks by one pair's texts come first, then meaning, and last what was kept before; without an embedder no meaning
    is looked at, and without an identifier no language. `forbidden` is what `read_forbidden` makes of the settings'
    file.
    """
    languages = identifier if settings.language else None
    seen = _Seen() if settings.duplicates else None

    def judged() -> Iterator[ParaphrasePair | Rejection]:
        for pair in _candidates(paraphrases):
            source, target, lang = pair.source.text, pair.target.text, pair.source.lang
            reason = find_fault(source, target, lang=lang, settings=settings)
            if reason is None and is_forbidden(forbidden, source, target):
                reason = "forbidden_word"
            if reason is None and languages and is_wrong_language(target, lang=lang, identifier=languages):
                reason = "wrong_language"
            if reason is None and held_back is not None and _is_held_back(pair, held_back):
                reason = LEAKED
            yield pair if reason is None else reject(pair, reason)

    stream, syntax = judged(), SyntacticDistances(parser) if parser is not None else None
    while chunk := list(islice(stream, CHUNK)):
        yield from _measured(chunk, embedder=embedder, syntax=syntax, floor=settings.meaning_floor, seen=seen)


def reject(pair: ParaphrasePair, reason: str) -> Rejection:
    """The pair as a rejection that shows both sides."""
    return Rejection(
        pair.id, PAIRS.name, reason, raw=f"{pair.source.text}\t{pair.target.text}", provenance=pair.provenance
    )


@dataclass(slots=True)
class _Seen:
    """What was written before and kept, for any source and for each."""

    texts: set[int] = field(default_factory=set)
    pairs: set[int] = field(default_factory=set)

    def find(self, pair: ParaphrasePair) -> str | None:
        """The reason why it is a duplicate, or none; then it is remembered."""
        text = bare(pair.target.text)
        alone, together = short_hash(text), short_hash(bare(pair.source.text), text)
        reason = "duplicate" if together in self.pairs else "written_for_another" if alone in self.texts else None
        self.texts.add(alone)
        self.pairs.add(together)
        return reason


def _human_paraphrases(text: Text) -> Iterator[Paraphrases]:
    if text.is_named:
        for pair in text.pairs():
            source = replace(pair.source, id=f"parallel:{pair.id}")
            yield Paraphrases(source, (pair.target.text,), pair.provenance)


def _is_held_back(pair: ParaphrasePair, held_back: LeakageIndex) -> bool:
    return any(held_back.find(pair.source.id, text) is not None for text in (pair.source.text, pair.target.text))


def _candidates(paraphrases: Iterable[Paraphrases]) -> Iterator[ParaphrasePair]:
    """Every paraphrase numbered within its source, over all answers; no distance is measured yet."""
    numbers: Counter[str] = Counter()
    for answer in paraphrases:
        for text in answer.texts:
            numbers[answer.id] += 1
            own_id = f"{answer.id}#{numbers[answer.id]}"
            target = replace(answer.source, id=own_id, text=text.strip(), provenance=answer.provenance)
            provenance = replace(answer.provenance, origin=PAIRS.name, parents=(answer.id,))
            yield ParaphrasePair(own_id, answer.source, target, 0.0, provenance=provenance)


def _measured(
    chunk: Sequence[ParaphrasePair | Rejection],
    *,
    embedder: Embedder | None,
    syntax: SyntacticDistances | None,
    floor: float | None,
    seen: _Seen | None,
) -> Iterator[ParaphrasePair | Rejection]:
    """The chunk in its order, with meaning and distances; what lies under the floor, or was seen, is rejected."""
    pairs = [one for one in chunk if isinstance(one, ParaphrasePair)]
    meanings = iter(_cosines(pairs, embedder) if embedder is not None else [None] * len(pairs))
    near = [replace(pair, meaning=next(meanings)) for pair in pairs]
    judged = [_rejected(pair, floor=floor, seen=seen) or pair for pair in near]
    apart = iter(_with_distances([one for one in judged if isinstance(one, ParaphrasePair)], syntax))
    waiting = iter(judged)
    for one in chunk:
        outcome = one if isinstance(one, Rejection) else next(waiting)
        yield outcome if isinstance(outcome, Rejection) else next(apart)


def _rejected(pair: ParaphrasePair, *, floor: float | None, seen: _Seen | None) -> Rejection | None:
    """A pair under the floor is not remembered: its text may be right for another source."""
    reason = "meaning_changed" if _is_below(pair, floor) else seen.find(pair) if seen is not None else None
    return None if reason is None else reject(pair, reason)


def _is_below(pair: ParaphrasePair, floor: float | None) -> bool:
    return floor is not None and pair.meaning is not None and pair.meaning < floor


def _cosines(pairs: Sequence[ParaphrasePair], embedder: Embedder) -> list[float]:
    """The cosine of each pair; equal texts are embedded once."""
    places: dict[str, int] = {}
    for pair in pairs:
        for text in (pair.source.text, pair.target.text):
            places.setdefault(text, len(places))
    if not places:
        return []
    vectors = embedder.embed(list(places))
    first = vectors[[places[pair.source.text] for pair in pairs]]
    second = vectors[[places[pair.target.text] for pair in pairs]]
    return [float(cosine) for cosine in (first * second).sum(axis=1)]


def _with_distances(pairs: Sequence[ParaphrasePair], syntax: SyntacticDistances | None) -> Iterator[ParaphrasePair]:
    sources, targets = [pair.source.text for pair in pairs], [pair.target.text for pair in pairs]
    syntactic = syntax.between(sources, targets) if syntax is not None and pairs else [None] * len(pairs)
    for pair, trees in zip(pairs, syntactic, strict=True):
        words = lexical_distance(pair.source.text, pair.target.text, lang=pair.source.lang)
        yield replace(pair, lexical=words, syntactic=trees)
