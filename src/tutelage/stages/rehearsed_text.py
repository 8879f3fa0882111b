"""Rehearsal of general text: what the student could do before it learns a domain, trained on beside it.

The targets are the student's own translations, made before it is trained, which costs no teacher; or the teacher's.
Learning without forgetting (Li and Hoiem 2016, arXiv 1606.09282) with hard targets.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from tutelage.core.languages import Direction
from tutelage.core.recipe import Recipe
from tutelage.core.records import Example, Hypothesis, Pair, Provenance, Rejection, Segment
from tutelage.core.settings import RehearsalSettings
from tutelage.core.stage import Stage, Work
from tutelage.corpora.filters import TextFilter
from tutelage.corpora.held_back import HeldBack
from tutelage.corpora.normalising import short_hash
from tutelage.corpora.texts import Text
from tutelage.stages.checks.asked import Asked, ask_translation
from tutelage.stages.checks.text_sizes import TextSize, TextSizes
from tutelage.stages.context import StepContext
from tutelage.stages.student import example_of
from tutelage.stages.translations import hypotheses_stage, translations_stage
from tutelage.storage.stages import StageFolder, StageTable

KIND = "rehearsal"
_SPARE = 2
"""Segments that are drawn for each that is wanted, since some are not fit."""


@dataclass(frozen=True, slots=True)
class RehearsalPoolInputs:
    """What is drawn, and from what."""

    text: Text
    wanted: int
    held_back: HeldBack
    filters: TextFilter
    seed: int


def draw_rehearsal(inputs: RehearsalPoolInputs, work: Work) -> Iterator[Segment | Rejection]:
    """`wanted` segments in a random order, fit to be trained on; which ones hangs on their texts alone."""
    ranked = ((short_hash(str(inputs.seed), one.text), place, one) for place, one in enumerate(inputs.text.segments()))
    drawn = (segment for _, _, segment in heapq.nsmallest(_SPARE * inputs.wanted, ranked))
    found = 0
    held_text = inputs.held_back.read(stage=REHEARSAL_POOL.name)
    for item in inputs.filters.segments(drawn, without=held_text, runner=work.runner):
        found += isinstance(item, Segment)
        if found > inputs.wanted:
            return
        yield item


REHEARSAL_POOL = Stage("rehearsal_pool", 1, Segment, draw_rehearsal)


@dataclass(frozen=True, slots=True)
class RehearsalInputs:
    """The translations to rehearse."""

    translations: StageTable[Hypothesis] | StageTable[Pair]
    filters: TextFilter
    direction: Direction


def rehearse_translations(inputs: RehearsalInputs, work: Work) -> Iterator[Example | Rejection]:
    """The translations as examples, in their order; what is not fit to be trained on is rejected."""
    pairs = (_as_pair(one, inputs.direction.target) for one in inputs.translations)
    for outcome in inputs.filters.pairs(pairs, runner=work.runner):
        yield outcome if isinstance(outcome, Rejection) else example_of(outcome, kind=KIND)


REHEARSAL = Stage("rehearsal", 1, Example, rehearse_translations)


def rehearsal_stage(
    context: StepContext, settings: RehearsalSettings, *, others: int, teacher: str | None, folder: StageFolder
) -> StageTable[Example] | None:
    """Examples of `text.rehearsal` for `others` other ones, fewer if some are unfit; `None` if none are wanted."""
    text, ratio = context.texts.text("rehearsal"), settings.ratio_for(context.recipe.text.rehearsal)
    if not ratio or not text.is_named:
        return None
    filters, wanted = context.text_filter(languages=(context.recipe.direction.target,)), round(ratio * others)
    drawn = RehearsalPoolInputs(text, wanted, context.held_back, filters, context.recipe.seed)
    pool = folder.make(REHEARSAL_POOL, drawn)
    translations: StageTable[Hypothesis] | StageTable[Pair]
    if settings.by == "teacher":
        translations = translations_stage(context, pool, teacher=teacher, folder=folder, name="rehearsal_translations")
    else:
        named = "rehearsal_hypotheses"
        translations = hypotheses_stage(context, pool, student=context.student, folder=folder, name=named)
    inputs = RehearsalInputs(translations, context.text_filter(), context.recipe.direction.direction)
    return folder.make(REHEARSAL, inputs)


def take_rehearsal(rehearsal: Iterable[Example] | None, *, ratio: float, others: int) -> Iterator[Example]:
    """So many of the rehearsed examples as the ratio wants beside `others`; they come in a random order already."""
    return islice(rehearsal or (), round(ratio * others))


def ask_rehearsal(
    settings: RehearsalSettings, recipe: Recipe, sizes: TextSizes, *, others: int, teacher: str | None
) -> Sequence[Asked]:
    """What the teacher is asked to translate for it."""
    if settings.by == "student" or not (size := rehearsal_size(settings, sizes, others=others)).segments:
        return ()
    return (ask_translation(size, of="rehearsal", teacher=teacher, direction=recipe.direction.direction),)


def rehearsal_size(settings: RehearsalSettings, sizes: TextSizes, *, others: int) -> TextSize:
    """Of what is drawn of `text.rehearsal`; nothing if the recipe names none."""
    whole = sizes.of("rehearsal")
    ratio = settings.ratio_for(whole if whole.segments else None)
    return whole.part(min(1.0, ratio * others / max(whole.segments, 1)))


def _as_pair(one: Hypothesis | Pair, target_lang: str) -> Pair:
    if isinstance(one, Pair):
        return one
    source = one.segment
    provenance = Provenance(origin=KIND, parents=(source.id,), teacher=one.student)
    return Pair(source, Segment(source.id, one.text, target_lang, source.document), provenance)
