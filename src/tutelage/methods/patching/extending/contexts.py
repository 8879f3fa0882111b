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
from tutelage.core.signatures import content_key
from tutelage.labelling.error_words import ErrorWord
from tutelage.methods.patching.extending.analogies import Analogy
from tutelage.methods.patching.extending.analyses import Analysis, read_analyses
from tutelage.methods.patching.extending.context_pairs import ContextPair, find_pairs, source_key
from tutelage.methods.patching.extending.novelty import Novelty
from tutelage.methods.patching.rounds import Round
from tutelage.stages.pool import filtered, filters_key, held_back_index, held_back_keys
from tutelage.storage.stages import StageTable


@dataclass(frozen=True, slots=True)
class _Wanted:
    """For which words a stage wants contexts, how many for each, and what they become."""

    stage: str
    kind: str
    words: StageTable[ErrorWord] | StageTable[Analogy]
    per_word: int
    earlier: StageTable[Example] | None = None
    """Contexts that are there already."""


def contexts_stage(
    work: Round, *, errors: StageTable[ErrorWord], analyses: StageTable[Analysis] | None, pool: StageTable[Segment]
) -> StageTable[Example] | None:
    """The contexts of the error words as examples; none where the recipe wants none."""
    if work.settings.contexts.source == "none":
        return None
    wanted = _Wanted("contexts", "context", errors, work.settings.contexts.per_error)
    return _stage(work, wanted, analyses=analyses, pool=pool)


def analogy_contexts_stage(
    work: Round,
    *,
    analogies: StageTable[Analogy] | None,
    analyses: StageTable[Analysis] | None,
    pool: StageTable[Segment],
    contexts: StageTable[Example] | None,
) -> StageTable[Example] | None:
    """The contexts of the analogous words as examples, each written for the analysis of the error's sentence."""
    if analogies is None:
        return None
    per_word = work.settings.analogies.contexts_per_analogy
    wanted = _Wanted("analogy_contexts", "analogy", analogies, per_word, earlier=contexts)
    return _stage(work, wanted, analyses=analyses, pool=pool)


def _stage(
    work: Round, wanted: _Wanted, *, analyses: StageTable[Analysis] | None, pool: StageTable[Segment]
) -> StageTable[Example]:
    context, settings = work.context, work.settings
    key = content_key(
        wanted.stage, 3, wanted.words.key, wanted.per_word, wanted.earlier.key if wanted.earlier else "",
        analyses.key if analyses else "", pool.key, source_key(work), settings.mode, held_back_keys(context),
        filters_key(context),
    )  # fmt: skip

    def produce() -> Iterator[Example | Rejection]:
        novelty = Novelty(
            held_back=held_back_index(context),
            pool=(segment.text for segment in pool),
            earlier=(example.source for example in wanted.earlier or ()),
            near=settings.mode == "strict",
        )
        words = [word.as_word() if isinstance(word, Analogy) else word for word in wanted.words]
        found = find_pairs(
            work, words, stage=wanted.stage, per_word=wanted.per_word, analyses=read_analyses(analyses),
            pool=pool, novelty=novelty,
        )  # fmt: skip
        yield from _examples(work, found, wanted=wanted)

    return work.folder.table(wanted.stage, Example, key=key, produce=produce)


def _examples(
    work: Round, found: Iterable[ContextPair | Rejection], *, wanted: _Wanted
) -> Iterator[Example | Rejection]:
    """Those that are fit to be trained on, at most so many for each word."""
    rejections: list[Rejection] = []
    words: dict[str, ErrorWord] = {}

    def pairs() -> Iterator[Pair]:
        for item in found:
            if isinstance(item, Rejection):
                rejections.append(item)
            else:
                words[item.pair.id] = item.word
                yield item.pair

    kept = filtered(pairs(), work.context, rejections) if work.settings.mode == "strict" else pairs()
    counts: Counter[str] = Counter()
    for pair in kept:
        word = words.pop(pair.id)
        counts[word.id] += 1
        if counts[word.id] <= wanted.per_word:
            yield _example(pair, word, wanted=wanted)
        else:
            raw = f"{pair.source.text}\t{pair.target.text}"
            yield Rejection(pair.id, wanted.stage, "enough_for_the_word", raw=raw, provenance=pair.provenance)
    yield from rejections


def _example(pair: Pair, word: ErrorWord, *, wanted: _Wanted) -> Example:
    """The parents lead from the feedback over the sentence and the analogy to the error."""
    written = pair.source.provenance
    return Example(
        id=f"{wanted.kind}:{pair.id}",
        task="translate",
        source_lang=pair.source.lang,
        target_lang=pair.target.lang,
        source=pair.source.text,
        target=pair.target.text,
        kind=wanted.kind,
        provenance=Provenance(
            origin=wanted.stage,
            parents=word.parents(pair.id),
            role="contexts",
            teacher=pair.provenance.teacher,
            prompt_version=written.prompt_version,
            seed=written.seed,
        ),
    )
