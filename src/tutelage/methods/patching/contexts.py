"""The stage `contexts`: new sentence pairs around the words that the student got wrong.

MT-Patcher (arXiv 2403.09522, §3.2) has its teacher write pairs. Ours splits the role: the source sentence is written
by a chat teacher or retrieved from monolingual text, and the step's teacher translates it. A pair is kept only if
the source holds the word and the translation its correction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from tutelage.core.records import Example, Feedback, Pair, Provenance, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.methods.patching.error_words import collect_error_words, contains_phrase
from tutelage.methods.patching.sentences import Context, retrieve
from tutelage.methods.patching.settings import PatchingSettings
from tutelage.methods.patching.writing import write_sentences
from tutelage.methods.stages.pool import held_back_index
from tutelage.methods.stages.translations import translate_with
from tutelage.methods.step import StepContext
from tutelage.storage.stages import StageFolder, StageTable

SPARE = 3
"""Sentences retrieved for each one wanted: some translations will not hold the correction."""
STAGE = "contexts"


def contexts_stage(
    settings: PatchingSettings,
    context: StepContext,
    *,
    feedback: StageTable[Feedback],
    pool: StageTable[Segment],
    folder: StageFolder,
) -> StageTable[Example] | None:
    """The contexts as examples; none where the recipe wants none."""
    if settings.contexts.source == "none":
        return None
    key = content_key(STAGE, 1, feedback.key, settings.contexts, context.texts.key("sentences"), context.recipe.seed)

    def produce() -> Iterator[Example | Rejection]:
        errors = collect_error_words(feedback, most=settings.contexts.max_errors)
        if settings.contexts.source == "retrieved":
            found: Iterable[Context | Rejection] = retrieve(
                errors, context.texts.segments("sentences"), pool=pool, wanted=settings.contexts.per_error * SPARE
            )
        else:
            found = write_sentences(errors, settings=settings, context=context)
        yield from _translated(found, settings=settings, context=context)

    return folder.table(STAGE, Example, key=key, produce=produce)


def _translated(
    found: Iterable[Context | Rejection], *, settings: PatchingSettings, context: StepContext
) -> Iterator[Example | Rejection]:
    index = held_back_index(context)
    contexts: dict[str, Context] = {}
    for item in found:
        if isinstance(item, Rejection):
            yield item
        elif index.find(item.segment.id, item.segment.text) is not None:
            yield _reject(item, "in_test_set", item.segment.text)
        else:
            contexts[item.segment.id] = item
    segments = [item.segment for item in contexts.values()]
    kept: dict[str, int] = defaultdict(int)
    for outcome in translate_with(context, segments, teacher=settings.teacher, total=len(segments)):
        item = contexts[outcome.id]
        if isinstance(outcome, Rejection):
            yield _reject(item, outcome.reason, outcome.raw)
        elif not contains_phrase(outcome.target.text, item.error.target):
            yield _reject(item, "correction_missing", f"{outcome.source.text}\t{outcome.target.text}")
        elif kept[item.error.id] < settings.contexts.per_error:
            kept[item.error.id] += 1
            yield _example(item, outcome)


def _example(item: Context, pair: Pair) -> Example:
    provenance = Provenance(
        origin=STAGE,
        parents=(item.error.feedback_ids[0], item.segment.id),
        role=STAGE,
        teacher=pair.provenance.teacher,
        prompt_version=item.segment.provenance.prompt_version,
        seed=item.segment.provenance.seed,
    )
    return Example(
        id=f"context:{item.segment.id}",
        task="translate",
        source_lang=pair.source.lang,
        target_lang=pair.target.lang,
        source=pair.source.text,
        target=pair.target.text,
        kind="context",
        provenance=provenance,
    )


def _reject(item: Context, reason: str, raw: str) -> Rejection:
    return Rejection(
        item.segment.id, STAGE, reason, raw=raw, provenance=Provenance(parents=item.error.feedback_ids[:1])
    )
