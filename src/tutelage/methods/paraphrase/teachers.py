"""The stage `paraphrases`: what the step's teachers write for each segment of the pool, in every style asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tutelage.core.errors import BudgetError, TeacherError
from tutelage.core.languages import Direction
from tutelage.core.protocols import ParaphraseTeacher
from tutelage.core.records import Paraphrases, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.methods.paraphrase.role import prompt_version
from tutelage.methods.paraphrase.settings import ROUND_TRIP, ParaphraseSettings
from tutelage.stages.asking import teacher_key
from tutelage.stages.context import StepContext
from tutelage.storage.stages import StageTable
from tutelage.teachers.engines.round_trip import RoundTripTeacher


def paraphrases_stage(
    context: StepContext, pool: StageTable[Segment], *, settings: ParaphraseSettings
) -> StageTable[Paraphrases]:
    """One row for each segment and style that was answered; what could not be answered is rejected.

    An interrupted stage begins again, and what was asked before comes from the ledger.
    """
    key = content_key("paraphrases", 1, pool.key, asked_key(context, settings), settings.count)

    def produce() -> Iterator[Paraphrases | Rejection]:
        for teacher in open_paraphrasers(context, settings):
            yield from paraphrase_with(context, teacher, pool, count=settings.count, total=pool.rows)

    return context.folder.table("paraphrases", Paraphrases, key=key, produce=produce)


def open_paraphrasers(context: StepContext, settings: ParaphraseSettings) -> Iterator[ParaphraseTeacher]:
    """A teacher for each style, of a round trip for each language between, in the settings' order; opened when met."""
    lang, seed = context.recipe.direction.source, context.recipe.seed
    for style in settings.style:
        if style == ROUND_TRIP:
            yield from (open_round_trip(context, settings.translating_teacher, via=via) for via in settings.via)
            continue
        from tutelage.methods.paraphrase.asking import ChatParaphraser

        chat, ledger = context.teachers.chat(settings.teacher), context.teachers.ledger
        yield ChatParaphraser(chat, ledger=ledger, lang=lang, style=style, seed=seed)


def open_round_trip(context: StepContext, teacher: str | None, *, via: str) -> RoundTripTeacher:
    """The teacher that translates into `via` and back."""
    lang = context.recipe.direction.source
    there = context.teachers.translator(teacher, direction=Direction(lang, via))
    back = context.teachers.translator(teacher, direction=Direction(via, lang))
    return RoundTripTeacher(there, back, lang=lang, via=via)


def asked_key(context: StepContext, settings: ParaphraseSettings) -> list[object]:
    """What decides the teachers' answers, known without opening one."""
    parts: list[object] = []
    for style in settings.style:
        if style == ROUND_TRIP:
            parts.append((style, settings.via, teacher_key(context.recipe, settings.translating_teacher)))
        else:
            seed = context.recipe.seed if style == "sampled" else None
            parts.append((prompt_version(style), teacher_key(context.recipe, settings.teacher), seed))
    return parts


def paraphrase_with(
    context: StepContext, teacher: ParaphraseTeacher, segments: Iterable[Segment], *, count: int, total: int | None
) -> Iterator[Paraphrases | Rejection]:
    """What a teacher makes of the segments, with progress."""
    context.progress.start("teacher paraphrases", total=total)
    try:
        for outcome in teacher.paraphrase(segments, count=count):
            yield outcome
            context.progress.advance(1, **getattr(teacher, "figures", {}))
    except (TeacherError, BudgetError):
        context.progress.finish("stopped")
        raise
    context.progress.finish()
