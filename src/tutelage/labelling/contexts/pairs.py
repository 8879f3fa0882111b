"""The three ways to context pairs: retrieved and translated, written and translated, written as pairs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tutelage.core.protocols import Progress, Silence
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.corpora.texts import Text
from tutelage.labelling.contexts.memory import find_in_memory
from tutelage.labelling.contexts.novelty import Novelty
from tutelage.labelling.contexts.retrieval import Context, retrieve
from tutelage.labelling.contexts.written_pairs import PairWriter
from tutelage.labelling.contexts.written_sentences import SentenceWriter
from tutelage.labelling.error_words import ErrorWord, contains_phrase
from tutelage.labelling.inquiry import translate_all
from tutelage.labelling.teachers import Translator

SPARE = 3
"""Sentences retrieved for each one wanted: some translations will not hold the correction."""
PROBE = 3
"""Sentences translated for a word at first: a word that the teacher says otherwise in all of them is given up."""


@dataclass(frozen=True, slots=True)
class ContextPair:
    """A pair that may become an example, and the word that it is for."""

    word: ErrorWord
    pair: Pair


@dataclass(frozen=True, slots=True)
class Search:
    """For which words pairs are looked for, and what they are looked for with."""

    words: Sequence[ErrorWord]
    per_word: int
    stage: str
    analyses: Mapping[str, str] | None
    pool: Iterable[Segment]
    novelty: Novelty
    progress: Progress


@dataclass(frozen=True, slots=True)
class WrittenPairs:
    """A chat teacher writes sentences with their translations (the paper's way)."""

    writer: PairWriter

    def find(self, search: Search) -> Iterator[ContextPair | Rejection]:
        """New pairs for the words, perhaps some more for each than wanted; and what was dropped."""
        written = self.writer.write(
            search.words, analyses=search.analyses, stage=search.stage, progress=search.progress
        )
        for item in written:
            yield item if isinstance(item, Rejection) else _new(ContextPair(*item), search)


@dataclass(frozen=True, slots=True)
class WrittenSentences:
    """A chat teacher writes sentences, and a translating one translates them."""

    writer: SentenceWriter
    translator: Translator

    def find(self, search: Search) -> Iterator[ContextPair | Rejection]:
        """New pairs for the words, as `WrittenPairs.find`."""
        found = self.writer.write(search.words, stage=search.stage, progress=search.progress)
        return _translate_new(found, self.translator, search)


@dataclass(frozen=True, slots=True)
class RetrievedSentences:
    """Sentences are found in monolingual text, and translated."""

    sentences: Text
    translator: Translator

    def find(self, search: Search) -> Iterator[ContextPair | Rejection]:
        """New pairs for the words, as `WrittenPairs.find`."""
        sentences, wanted = self.sentences.segments(), search.per_word * SPARE
        found = retrieve(search.words, sentences, pool=search.pool, wanted=wanted)
        return _translate_new(found, self.translator, search)


@dataclass(frozen=True, slots=True)
class MemoryPairs:
    """Human translations that hold the word and its correction, the likest to where it went wrong first."""

    memory: Text

    def find(self, search: Search) -> Iterator[ContextPair | Rejection]:
        """New pairs for the words, as `WrittenPairs.find`."""
        search.progress.start("look through the memory", total=None)
        for item in find_in_memory(search.words, self.memory.pairs(), most=search.per_word * SPARE):
            yield _new(ContextPair(item.word, item.pair), search)
            search.progress.advance()
        search.progress.finish()


ContextSource = WrittenPairs | WrittenSentences | RetrievedSentences | MemoryPairs


def _translate_new(
    found: Iterable[Context | Rejection], translator: Translator, search: Search
) -> Iterator[ContextPair | Rejection]:
    contexts: dict[str, list[Context]] = defaultdict(list)
    for item in found:
        if isinstance(item, Rejection):
            yield item
        elif fault := _fault(item.segment, item.error, search):
            origin = item.segment.provenance
            yield Rejection(item.segment.id, search.stage, fault, raw=item.segment.text, provenance=origin)
        else:
            contexts[item.error.id].append(item)
    yield from _in_waves(contexts, translator, search)


def _in_waves(
    waiting: Mapping[str, list[Context]], translator: Translator, search: Search
) -> Iterator[ContextPair | Rejection]:
    """The sentences translated, a few for each word at first, then as many as it still lacks, until none is left."""
    kept: Counter[str] = Counter()
    tried: set[str] = set()
    search.progress.start("teacher translates contexts", total=None)
    while wave := [one for word, some in waiting.items() for one in _take(some, word, kept, tried, search.per_word)]:
        tried.update(context.error.id for context in wave)
        for outcome in _translated(wave, translator, stage=search.stage):
            if isinstance(outcome, ContextPair):
                kept[outcome.word.id] += 1
            yield outcome
            search.progress.advance()
    search.progress.finish()


def _take(waiting: list[Context], word: str, kept: Counter[str], tried: set[str], per_word: int) -> list[Context]:
    """What of a word's sentences is translated in the next wave; it leaves `waiting`."""
    given_up = word in tried and not kept[word]
    count = 0 if given_up else min(PROBE, per_word) if word not in tried else per_word - kept[word]
    taken, waiting[:count] = waiting[:count], []
    return taken


def _translated(wave: Sequence[Context], translator: Translator, *, stage: str) -> Iterator[ContextPair | Rejection]:
    contexts = {context.segment.id: context.error for context in wave}
    segments = [context.segment for context in wave]
    # one progress for all waves is enough
    for outcome in translate_all(segments, translator=translator, progress=Silence(), total=len(segments)):
        word = contexts[outcome.id]
        if isinstance(outcome, Rejection):
            yield Rejection(outcome.id, stage, outcome.reason, raw=outcome.raw, provenance=outcome.provenance)
        elif contains_phrase(outcome.target.text, word.target):
            yield ContextPair(word, outcome)
        else:
            raw = f"{outcome.source.text}\t{outcome.target.text}"
            yield Rejection(outcome.id, stage, "correction_missing", raw=raw, provenance=outcome.provenance)


def _new(item: ContextPair, search: Search) -> ContextPair | Rejection:
    fault = _fault(item.pair.source, item.word, search)
    if fault is None:
        return item
    raw = f"{item.pair.source.text}\t{item.pair.target.text}"
    return Rejection(item.pair.id, search.stage, fault, raw=raw, provenance=item.pair.provenance)


def _fault(segment: Segment, word: ErrorWord, search: Search) -> str | None:
    return search.novelty.fault(segment.text, sentence_id=segment.id, word_id=word.id)
