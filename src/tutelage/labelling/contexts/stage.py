"""The stages `contexts` and `analogy_contexts`: new sentence pairs around the words that the student gets wrong.

MT-Patcher (arXiv 2403.09522, §3.2) has its teacher write pairs (`pairs`). Ours besides splits the role: the source
sentence is written by a chat teacher or retrieved from monolingual text, and the step's teacher translates it. Either
way a pair is kept only if the source holds the word and the target its correction, and the sentence is new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tutelage.core.records import Example, Pair, Provenance, Rejection, Segment
from tutelage.core.stage import Stage, Work
from tutelage.corpora.filters import TextFilter
from tutelage.corpora.held_back import HeldBack
from tutelage.labelling.analogies import Analogy
from tutelage.labelling.analyses import Analysis, read_analyses
from tutelage.labelling.contexts.novelty import Novelty
from tutelage.labelling.contexts.pairs import ContextPair, ContextSource, Search
from tutelage.labelling.error_words import ErrorWord
from tutelage.storage.stages import StageTable


@dataclass(frozen=True, slots=True)
class ContextsInputs:
    """For which words contexts are wanted, where they come from, and what they must be like."""

    stage: str
    """Told in rejections and provenance."""
    kind: str
    """Of the examples."""
    words: StageTable[ErrorWord] | StageTable[Analogy]
    per_word: int
    source: ContextSource
    analyses: StageTable[Analysis] | None
    pool: StageTable[Segment]
    held_back: HeldBack
    near: bool
    """Whether nearly equal sentences for one word are dropped too."""
    filters: TextFilter | None
    """`None` keeps every pair, as the paper does."""
    earlier: StageTable[Example] | None = None
    """Contexts that are there already."""


def find_contexts(inputs: ContextsInputs, work: Work) -> Iterator[Example | Rejection]:
    """Pairs around the words that are fit to be trained on, at most so many for each word."""
    novelty = Novelty(
        held_back=inputs.held_back.index(),
        pool=(segment.text for segment in inputs.pool),
        earlier=(example.source for example in inputs.earlier or ()),
        near=inputs.near,
    )
    search = Search(
        words=[word.as_word() if isinstance(word, Analogy) else word for word in inputs.words],
        per_word=inputs.per_word,
        stage=inputs.stage,
        analyses=read_analyses(inputs.analyses),
        pool=inputs.pool,
        novelty=novelty,
        progress=work.progress,
    )
    return _examples(inputs.source.find(search), inputs)


CONTEXTS = Stage("contexts", 4, Example, find_contexts)


def _examples(found: Iterable[ContextPair | Rejection], inputs: ContextsInputs) -> Iterator[Example | Rejection]:
    rejections: list[Rejection] = []
    words: dict[str, ErrorWord] = {}

    def pairs() -> Iterator[Pair]:
        for item in found:
            if isinstance(item, Rejection):
                rejections.append(item)
            else:
                words[item.pair.id] = item.word
                yield item.pair

    counts: Counter[str] = Counter()
    for outcome in pairs() if inputs.filters is None else inputs.filters.pairs(pairs()):
        if isinstance(outcome, Rejection):
            yield outcome
            continue
        word = words.pop(outcome.id)
        counts[word.id] += 1
        if counts[word.id] <= inputs.per_word:
            yield _example(outcome, word, inputs)
        else:
            raw = f"{outcome.source.text}\t{outcome.target.text}"
            yield Rejection(outcome.id, inputs.stage, "enough_for_the_word", raw=raw, provenance=outcome.provenance)
    yield from rejections


def _example(pair: Pair, word: ErrorWord, inputs: ContextsInputs) -> Example:
    """The parents lead from the feedback over the sentence and the analogy to the error."""
    written = pair.source.provenance
    return Example(
        id=f"{inputs.kind}:{pair.id}",
        task="translate",
        source_lang=pair.source.lang,
        target_lang=pair.target.lang,
        source=pair.source.text,
        target=pair.target.text,
        kind=inputs.kind,
        provenance=Provenance(
            origin=inputs.stage,
            parents=word.parents(pair.id),
            role="contexts",
            teacher=pair.provenance.teacher,
            prompt_version=written.prompt_version,
            seed=written.seed,
        ),
    )
