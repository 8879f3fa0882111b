"""Who paraphrases in a step: its teachers, in every style asked for, in the settings' order."""

from __future__ import annotations

from collections.abc import Iterator

from tutelage.core.languages import Direction
from tutelage.core.recipe import Recipe
from tutelage.core.records import Paraphrases, Segment
from tutelage.labelling.paraphrases import PARAPHRASES, AskedStyle, Paraphrasers, ParaphrasesInputs, RoundTrip
from tutelage.labelling.roles.paraphrases import ROUND_TRIP
from tutelage.labelling.teachers import Teachers
from tutelage.methods.paraphrase.settings import ParaphraseSettings
from tutelage.stages.context import StepContext
from tutelage.storage.stages import StageTable


def paraphrases_stage(
    context: StepContext, pool: StageTable[Segment], *, settings: ParaphraseSettings
) -> StageTable[Paraphrases]:
    """One row for each segment and style that was answered; what could not be answered is rejected.

    An interrupted stage begins again, and what was asked before comes from the ledger.
    """
    inputs = ParaphrasesInputs(pool, tuple(_asked(context, settings)), settings.count)
    return context.folder.make(PARAPHRASES, inputs)


def first_asked(context: StepContext, settings: ParaphraseSettings) -> Paraphrasers:
    """The first style alone, a round trip through its first language: what the student is measured against."""
    return (next(_asked(context, settings)),)


def _asked(context: StepContext, settings: ParaphraseSettings) -> Iterator[AskedStyle | RoundTrip]:
    return find_asked(settings, teachers=context.teachers, recipe=context.recipe)


def find_asked(settings: ParaphraseSettings, *, teachers: Teachers, recipe: Recipe) -> Iterator[AskedStyle | RoundTrip]:
    """One for each style, of a round trip for each language between."""
    lang, seed = recipe.direction.source, recipe.seed
    for style in settings.style:
        if style != ROUND_TRIP:
            yield AskedStyle(teachers.asked(settings.teacher), style, lang, seed)
            continue
        for via in settings.via:
            ways = (Direction(lang, via), Direction(via, lang))
            yield RoundTrip(*(teachers.translating(settings.translating_teacher, direction=way) for way in ways))
