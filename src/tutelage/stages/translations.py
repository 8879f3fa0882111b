"""The stages in which segments get translations: the student's hypotheses, and the teacher's translations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tutelage.core.errors import BudgetError, TeacherError
from tutelage.core.records import Hypothesis, Pair, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.stages.context import StepContext
from tutelage.storage.stages import StageFolder, StageTable


def hypotheses_stage(
    context: StepContext, segments: StageTable[Segment], *, student: Path, folder: StageFolder
) -> StageTable[Hypothesis]:
    """The stage `hypotheses`: what the student makes of each segment; goes on after its last row when interrupted."""
    signature = context.signature(student)
    key = content_key("hypotheses", 1, segments.key, signature)

    def produce(done: frozenset[str]) -> Iterator[Hypothesis]:
        context.progress.start("student translates", total=segments.rows)
        context.progress.advance(len(done))
        todo = (segment for segment in segments if segment.id not in done)
        again = (segment for segment in segments if segment.id not in done)
        outputs = context.engine(student).translate((s.text for s in todo), decoding=context.decoding)
        for segment, text in zip(again, outputs, strict=True):
            yield Hypothesis(segment, text, signature)
            context.progress.advance()
        context.progress.finish()

    return folder.resumed_table("hypotheses", Hypothesis, key=key, produce=produce)


def translations_stage(
    context: StepContext, segments: StageTable[Segment], *, teacher: str | None, name: str = "translations"
) -> StageTable[Pair]:
    """The stage `translations`: the teacher's translation of each segment; what it cannot do is rejected."""
    translator = context.teachers.translator(teacher)
    key = content_key("translations", 1, segments.key, translator.signature)
    produce = lambda: translate_with(context, segments, teacher=teacher, total=segments.rows)  # noqa: E731
    return context.folder.table(name, Pair, key=key, produce=produce)


def translate_with(
    context: StepContext, segments: Iterable[Segment], *, teacher: str | None, total: int | None
) -> Iterator[Pair | Rejection]:
    """Pairs and rejections from a teacher, with progress; a teacher that stops says how to go on."""
    translator = context.teachers.translator(teacher)
    context.progress.start("teacher translates", total=total)
    try:
        for outcome in translator.translate(segments, direction=context.recipe.direction.direction):
            yield outcome
            # an engine that runs here has neither tokens nor a price
            context.progress.advance(1, **getattr(translator, "figures", {}))
    except (TeacherError, BudgetError) as error:
        context.progress.finish("stopped")
        raise type(error)(error.what, where=error.where, fix=error.fix) from error
    context.progress.finish()
