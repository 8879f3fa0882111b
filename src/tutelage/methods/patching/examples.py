"""The stage `examples`: the patch set of corrections, contexts, analogies and rehearsal, filtered with counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from tutelage.core.glossary.glossary import Glossary
from tutelage.core.languages import Direction
from tutelage.core.records import Example, Feedback, Pair, Provenance, Rejection, Segment
from tutelage.core.runner import Runner
from tutelage.core.stage import Stage, Work
from tutelage.corpora.filters import TextFilter
from tutelage.labelling.analogies import Analogy
from tutelage.labelling.error_words import collect_error_words
from tutelage.methods.patching.exposure import Exposure
from tutelage.methods.patching.selection import Selected
from tutelage.stages.rehearsed_text import take_rehearsal
from tutelage.stages.student import example_of
from tutelage.storage.stages import StageTable

STAGE = "examples"


@dataclass(frozen=True, slots=True)
class ExamplesInputs:
    """What the patch set is made of."""

    feedback: StageTable[Feedback]
    selected: StageTable[Selected]
    contexts: StageTable[Example] | None
    analogies: StageTable[Analogy] | None
    analogy_contexts: StageTable[Example] | None
    rehearsal_ratio: float
    general: StageTable[Example] | None
    """General text to rehearse; `None` rehearses hypotheses that are right."""
    max_exposure: int | None
    filters: TextFilter | None
    """Of post-edits; `None` keeps every one, as the paper does."""
    direction: Direction
    seed: int
    glossary: Glossary | None = None
    """What no example may break."""


def make_patch_set(inputs: ExamplesInputs, work: Work) -> Iterator[Example | Rejection]:
    """Corrections, contexts, analogies and rehearsal; each example says by its provenance which error caused it."""
    feedback, target_lang = inputs.feedback, inputs.direction.target
    exposure = None
    if inputs.max_exposure is not None:
        words = chain(collect_error_words(feedback), (analogy.as_word() for analogy in inputs.analogies or ()))
        exposure = Exposure(words, most=inputs.max_exposure, target_lang=target_lang)
    patches = others = 0
    for item in _corrections(inputs, work.runner):
        limited = _limited(item, exposure, inputs.glossary)
        patches += isinstance(limited, Example)
        yield limited
    for item in chain(inputs.contexts or (), inputs.analogy_contexts or ()):
        limited = _limited(item, exposure, inputs.glossary)
        others += isinstance(limited, Example)
        yield limited
    if inputs.general is not None:
        for example in take_rehearsal(inputs.general, ratio=inputs.rehearsal_ratio, others=patches + others):
            yield _limited(example, None, inputs.glossary)
        return
    wanted, generator = round(inputs.rehearsal_ratio * patches), np.random.default_rng(inputs.seed)
    for example in rehearsed(feedback, target_lang, wanted=wanted, generator=generator):
        yield _limited(example, None, inputs.glossary)


EXAMPLES = Stage(STAGE, 4, Example, make_patch_set)


def _corrections(inputs: ExamplesInputs, runner: Runner) -> Iterator[Example | Rejection]:
    """The selected post-edits, in strict mode filtered as training text."""
    taken = {row.id for row in inputs.selected}
    flagged = (one for one in inputs.feedback if one.id in taken and one.flagged)
    written = dict[str, str]()
    post_edits = (_remembered(one, inputs.direction.target, written) for one in flagged)
    for outcome in post_edits if inputs.filters is None else inputs.filters.pairs(post_edits, runner=runner):
        if isinstance(outcome, Rejection):
            yield outcome
        else:
            yield example_of(outcome, kind="post-edit", hypothesis=written.pop(outcome.id) or None)


def _remembered(feedback: Feedback, target_lang: str, written: dict[str, str]) -> Pair:
    """The source with its post-edit; what the student wrote goes into `written`, by id."""
    written[feedback.id] = feedback.hypothesis.text
    return correction_pair(feedback, target_lang)


def _limited(item: Example | Rejection, exposure: Exposure | None, glossary: Glossary | None) -> Example | Rejection:
    """The example, or a rejection if it breaks the glossary, or a word in it was seen often enough."""
    if isinstance(item, Rejection):
        return item
    if glossary is not None and glossary.missing(item.source, item.target):
        reason = "breaks_glossary"
    elif exposure is None or exposure.admits(item.source, item.target):
        return item
    else:
        reason = "exposure"
    return Rejection(item.id, STAGE, reason, raw=f"{item.source}\t{item.target}", provenance=item.provenance)


def correction_pair(feedback: Feedback, target_lang: str) -> Pair:
    """The source with its post-edit."""
    source = feedback.hypothesis.segment
    target = Segment(source.id, feedback.post_edit or "", target_lang, source.document)
    return Pair(source, target, feedback.provenance)


def rehearsed(
    feedback: Iterable[Feedback], target_lang: str, *, wanted: int, generator: np.random.Generator
) -> Iterator[Example]:
    """At most `wanted` hypotheses that the teacher found right, drawn at random (reservoir), trained as they are."""
    reservoir: list[Feedback] = []
    right = (item for item in feedback if not item.flagged and item.hypothesis.text)
    for seen, item in enumerate(right):
        if len(reservoir) < wanted:
            reservoir.append(item)
        elif (place := int(generator.integers(seen + 1))) < wanted:
            reservoir[place] = item
    return (_rehearsal_example(item, target_lang) for item in reservoir)


def _rehearsal_example(item: Feedback, target_lang: str) -> Example:
    source = item.hypothesis.segment
    return Example(
        id=f"rehearsal:{item.id}",
        task="translate",
        source_lang=source.lang,
        target_lang=target_lang,
        source=source.text,
        target=item.hypothesis.text,
        kind="rehearsal",
        provenance=Provenance(origin="rehearsal", parents=(item.id,), teacher=item.hypothesis.student),
    )
