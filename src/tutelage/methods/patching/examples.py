"""The stage `examples`: the patch set, from selected corrections, contexts and rehearsal, filtered with counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from tutelage.core.records import Example, Feedback, Pair, Provenance, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.methods.patching.selection import Selected
from tutelage.methods.patching.settings import PatchingSettings
from tutelage.methods.stages.pool import filtered
from tutelage.methods.stages.student_stage import example_of
from tutelage.methods.step import StepContext
from tutelage.storage.stages import StageFolder, StageTable


def examples_stage(
    settings: PatchingSettings,
    context: StepContext,
    *,
    feedback: StageTable[Feedback],
    selected: StageTable[Selected],
    contexts: StageTable[Example] | None,
    folder: StageFolder,
) -> StageTable[Example]:
    """The patch set; each example says by its provenance which error caused it."""
    key = content_key(
        "examples", 1, feedback.key, selected.key, contexts.key if contexts else "", settings.rehearsal, settings.mode,
        context.recipe.filters, context.recipe.seed,
    )  # fmt: skip

    def produce() -> Iterator[Example | Rejection]:
        taken = {row.id for row in selected}
        rejections: list[Rejection] = []
        post_edits = (correction_pair(f, context) for f in feedback if f.id in taken and f.flagged)
        kept = filtered(post_edits, context, rejections) if settings.mode == "strict" else post_edits
        patches = 0
        for pair in kept:
            patches += 1
            yield example_of(pair, kind="post-edit")
        yield from contexts or ()
        wanted = round(settings.rehearsal.ratio * patches)
        yield from rehearsed(feedback, context, wanted=wanted, generator=np.random.default_rng(context.recipe.seed))
        yield from rejections

    return folder.table("examples", Example, key=key, produce=produce)


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
