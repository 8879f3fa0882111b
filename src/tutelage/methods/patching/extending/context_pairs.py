"""The three ways to context pairs: retrieved and translated, written and translated, written as pairs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tutelage.core.protocols import Silence
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.labelling.error_words import ErrorWord, contains_phrase
from tutelage.labelling.roles.sentences import PROMPT
from tutelage.methods.patching.extending.novelty import Novelty
from tutelage.methods.patching.extending.pair_writing import pairs_role, write_pairs
from tutelage.methods.patching.extending.retrieving import Context, retrieve
from tutelage.methods.patching.extending.sentence_writing import write_sentences
from tutelage.methods.patching.rounds import Round
from tutelage.stages.asking import teacher_key
from tutelage.stages.translations import translate_with

SPARE = 3
"""Sentences retrieved for each one wanted: some translations will not hold the correction."""
PROBE = 3
"""Sentences translated for a word at first: a word that the teacher says otherwise in all of them is given up."""


@dataclass(frozen=True, slots=True)
class ContextPair:
    """A pair that may become an example, and the word that it is for."""

    word: ErrorWord
    pair: Pair


def find_pairs(
    work: Round,
    words: Sequence[ErrorWord],
    *,
    stage: str,
    per_word: int,
    analyses: Mapping[str, str] | None,
    pool: Iterable[Segment],
    novelty: Novelty,
) -> Iterator[ContextPair | Rejection]:
    """New pairs for the words in the recipe's way, perhaps some more for each than wanted; and what was dropped."""
    if work.settings.contexts.source == "pairs":
        for item in write_pairs(work, words, stage=stage, count=per_word, analyses=analyses):
            yield item if isinstance(item, Rejection) else _new(ContextPair(*item), stage, novelty)
        return
    contexts: dict[str, list[Context]] = defaultdict(list)
    for found in _find_sentences(work, words, stage=stage, per_word=per_word, pool=pool):
        if isinstance(found, Rejection):
            yield found
        elif fault := _fault(found.segment, found.error, novelty):
            origin = found.segment.provenance
            yield Rejection(found.segment.id, stage, fault, raw=found.segment.text, provenance=origin)
        else:
            contexts[found.error.id].append(found)
    yield from _in_waves(work, contexts, stage=stage, per_word=per_word)


def _find_sentences(
    work: Round, words: Sequence[ErrorWord], *, stage: str, per_word: int, pool: Iterable[Segment]
) -> Iterator[Context | Rejection]:
    if work.settings.contexts.source == "written":
        return write_sentences(work, words, stage=stage, count=per_word)
    sentences = work.context.texts.segments("sentences")
    return retrieve(words, sentences, pool=pool, wanted=per_word * SPARE)


def source_key(work: Round) -> tuple[Any, ...]:
    """What decides which pairs are found, besides the words: for content keys."""
    settings, context = work.settings, work.context
    source = settings.contexts.source
    translator = () if source == "pairs" else teacher_key(context.recipe, settings.teacher)
    if source == "retrieved":
        return source, translator, context.texts.key("sentences")
    prompt = PROMPT if source == "written" else pairs_role(work, count=1).prompt_version
    return source, translator, teacher_key(context.recipe, settings.context_writer), prompt, work.seed


def _in_waves(
    work: Round, waiting: Mapping[str, list[Context]], *, stage: str, per_word: int
) -> Iterator[ContextPair | Rejection]:
    """The sentences translated, a few for each word at first, then as many as it still lacks, until none is left."""
    kept: Counter[str] = Counter()
    tried: set[str] = set()
    progress = work.context.progress
    progress.start("teacher translates contexts", total=None)
    while wave := [context for word, some in waiting.items() for context in _take(some, word, kept, tried, per_word)]:
        tried.update(context.error.id for context in wave)
        for outcome in _translated(work, wave, stage=stage):
            if isinstance(outcome, ContextPair):
                kept[outcome.word.id] += 1
            yield outcome
            progress.advance()
    progress.finish()


def _take(waiting: list[Context], word: str, kept: Counter[str], tried: set[str], per_word: int) -> list[Context]:
    """What of a word's sentences is translated in the next wave; it leaves `waiting`."""
    given_up = word in tried and not kept[word]
    count = 0 if given_up else min(PROBE, per_word) if word not in tried else per_word - kept[word]
    taken, waiting[:count] = waiting[:count], []
    return taken


def _translated(work: Round, wave: Sequence[Context], *, stage: str) -> Iterator[ContextPair | Rejection]:
    contexts = {context.segment.id: context.error for context in wave}
    # one progress for all waves is enough
    quiet = replace(work.context, progress=Silence())
    segments = [context.segment for context in wave]
    for outcome in translate_with(quiet, segments, teacher=work.settings.teacher, total=len(segments)):
        word = contexts[outcome.id]
        if isinstance(outcome, Rejection):
            yield Rejection(outcome.id, stage, outcome.reason, raw=outcome.raw, provenance=outcome.provenance)
        elif contains_phrase(outcome.target.text, word.target):
            yield ContextPair(word, outcome)
        else:
            raw = f"{outcome.source.text}\t{outcome.target.text}"
            yield Rejection(outcome.id, stage, "correction_missing", raw=raw, provenance=outcome.provenance)


def _new(item: ContextPair, stage: str, novelty: Novelty) -> ContextPair | Rejection:
    fault = _fault(item.pair.source, item.word, novelty)
    if fault is None:
        return item
    raw = f"{item.pair.source.text}\t{item.pair.target.text}"
    return Rejection(item.pair.id, stage, fault, raw=raw, provenance=item.pair.provenance)


def _fault(segment: Segment, word: ErrorWord, novelty: Novelty) -> str | None:
    return novelty.fault(segment.text, sentence_id=segment.id, word_id=word.id)
