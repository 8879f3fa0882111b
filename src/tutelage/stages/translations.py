"""The stages in which segments get translations: the student's hypotheses, and the teacher's translations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.records import Hypothesis, Pair, Rejection, Segment
from tutelage.core.stage import Stage, Work
from tutelage.labelling.inquiry import require_answers, translate_all
from tutelage.labelling.teachers import Translator
from tutelage.stages.context import StepContext
from tutelage.storage.stages import StageFolder, StageTable
from tutelage.students.decoder import Decoder


@dataclass(frozen=True, slots=True)
class HypothesesInputs:
    """What the student translates, and with which student."""

    segments: StageTable[Segment]
    student: Decoder


def translate_by_student(inputs: HypothesesInputs, work: Work) -> Iterator[Hypothesis]:
    """What the student makes of each segment, in their order, after those that are done."""
    signature, segments = inputs.student.signature, inputs.segments
    work.progress.start("student translates", total=segments.rows)
    work.progress.advance(len(work.done))
    todo = (segment for segment in segments if segment.id not in work.done)
    again = (segment for segment in segments if segment.id not in work.done)
    for segment, text in zip(again, inputs.student.translate(one.text for one in todo), strict=True):
        yield Hypothesis(segment, text, signature)
        work.progress.advance()
    work.progress.finish()


@dataclass(frozen=True, slots=True)
class TranslationsInputs:
    """What the teacher translates, and which teacher."""

    segments: StageTable[Segment]
    teacher: Translator


def translate_by_teacher(inputs: TranslationsInputs, work: Work) -> Iterator[Pair | Rejection]:
    """The teacher's translation of each segment; what it cannot do is rejected. TeacherError if that is everything."""
    segments = inputs.segments
    outcomes = translate_all(segments, translator=inputs.teacher, progress=work.progress, total=segments.rows)
    return require_answers(outcomes)


HYPOTHESES = Stage("hypotheses", 3, Hypothesis, translate_by_student, resumes=True)
TRANSLATIONS = Stage("translations", 2, Pair, translate_by_teacher)


def hypotheses_stage(
    context: StepContext,
    segments: StageTable[Segment],
    *,
    student: Path,
    folder: StageFolder,
    name: str = "hypotheses",
) -> StageTable[Hypothesis]:
    """What the student makes of each segment; goes on after its last row when interrupted."""
    return folder.make(HYPOTHESES.named(name), HypothesesInputs(segments, context.decoder(student)))


@contextmanager
def begun_hypotheses(
    context: StepContext, segments: StageTable[Segment], *, student: Path, folder: StageFolder
) -> Iterator[StageTable[Hypothesis]]:
    """The same while it is made: whoever is asked about a hypothesis need not wait for the last one."""
    inputs = HypothesesInputs(segments, context.decoder(student))
    with folder.begun(HYPOTHESES, inputs, rows=segments.rows) as hypotheses:
        yield hypotheses


def translations_stage(
    context: StepContext,
    segments: StageTable[Segment],
    *,
    teacher: str | None,
    folder: StageFolder | None = None,
    name: str = "translations",
) -> StageTable[Pair]:
    """The teacher's translation of each segment, in the step's folder or another."""
    inputs = TranslationsInputs(segments, context.teachers.translating(teacher))
    return (folder or context.folder).make(TRANSLATIONS.named(name), inputs)
