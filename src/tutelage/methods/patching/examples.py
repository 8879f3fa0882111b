"""The stage `examples`: the patch set of corrections, contexts, analogies and rehearsal, filtered with counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np

from tutelage.core.records import Example, Feedback, Pair, Provenance, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.labelling.error_words import collect_error_words
from tutelage.methods.patching.exposure import Exposure
from tutelage.methods.patching.extending.analogies import Analogy
from tutelage.methods.patching.rounds import Round
from tutelage.methods.patching.selection import Selected
from tutelage.stages.context import StepContext
from tutelage.stages.pool import filtered, filters_key
from tutelage.stages.student import example_of
from tutelage.storage.stages import StageTable

STAGE = "examples"


def examples_stage(
    work: Round,
    *,
    feedback: StageTable[Feedback],
    selected: StageTable[Selected],
    contexts: StageTable[Example] | None,
    analogies: StageTable[Analogy] | None,
    analogy_contexts: StageTable[Example] | None,
) -> StageTable[Example]:
    """The patch set; each example says by its provenance which error caused it."""
    settings, recipe = work.settings, work.context.recipe
    optional = [table.key if table else "" for table in (contexts, analogies, analogy_contexts)]
    key = content_key(
        STAGE, 2, feedback.key, selected.key, optional, settings.rehearsal, settings.mode, settings.max_exposure,
        filters_key(work.context), recipe.seed,
    )  # fmt: skip

    def produce() -> Iterator[Example | Rejection]:
        exposure = None
        if settings.max_exposure is not None:
            words = chain(collect_error_words(feedback), (analogy.as_word() for analogy in analogies or ()))
            exposure = Exposure(words, most=settings.max_exposure, target_lang=recipe.direction.target)
        patches = 0
        for item in _corrections(work, feedback, taken={row.id for row in selected}):
            limited = _limited(item, exposure)
            patches += isinstance(limited, Example)
            yield limited
        for item in chain(contexts or (), analogy_contexts or ()):
            yield _limited(item, exposure)
        wanted = round(settings.rehearsal.ratio * patches)
        yield from rehearsed(feedback, work.context, wanted=wanted, generator=np.random.default_rng(recipe.seed))

    return work.folder.table(STAGE, Example, key=key, produce=produce)


def _corrections(work: Round, feedback: Iterable[Feedback], *, taken: set[str]) -> Iterator[Example | Rejection]:
    """The selected post-edits, in strict mode filtered as training text."""
    rejections: list[Rejection] = []
    post_edits = (correction_pair(f, work.context) for f in feedback if f.id in taken and f.flagged)
    kept = filtered(post_edits, work.context, rejections) if work.settings.mode == "strict" else post_edits
    for pair in kept:
        yield example_of(pair, kind="post-edit")
    yield from rejections


def _limited(item: Example | Rejection, exposure: Exposure | None) -> Example | Rejection:
    """The example, or a rejection where a word in it was seen often enough."""
    if exposure is None or isinstance(item, Rejection) or exposure.admits(item.source, item.target):
        return item
    return Rejection(item.id, STAGE, "exposure", raw=f"{item.source}\t{item.target}", provenance=item.provenance)


def correction_pair(feedback: Feedback, context: StepContext) -> Pair:
    """The source with its post-edit."""
    source = feedback.hypothesis.segment
    target = Segment(source.id, feedback.post_edit or "", context.recipe.direction.target, source.document)
    return Pair(source, target, feedback.provenance)


def rehearsed(
    feedback: Iterable[Feedback], context: StepContext, *, wanted: int, generator: np.random.Generator
) -> Iterator[Example]:
    """At most `wanted` hypotheses that the teacher found right, drawn at random (reservoir), trained as they are."""
    reservoir: list[Feedback] = []
    right = (item for item in feedback if not item.flagged and item.hypothesis.text)
    for seen, item in enumerate(right):
        if len(reservoir) < wanted:
            reservoir.append(item)
        elif (place := int(generator.integers(seen + 1))) < wanted:
            reservoir[place] = item
    return (_rehearsal_example(item, context) for item in reservoir)


def _rehearsal_example(item: Feedback, context: StepContext) -> Example:
    source = item.hypothesis.segment
    return Example(
        id=f"rehearsal:{item.id}",
        task="translate",
        source_lang=source.lang,
        target_lang=context.recipe.direction.target,
        source=source.text,
        target=item.hypothesis.text,
        kind="rehearsal",
        provenance=Provenance(origin="rehearsal", parents=(item.id,), teacher=item.hypothesis.student),
    )
