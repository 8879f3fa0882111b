"""The stages of a test set's outputs: what a student and what the teacher makes of it, kept with the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tutelage.core.records import Hypothesis, Pair, Rejection
from tutelage.core.stage import Stage, Work
from tutelage.corpora.texts import Text
from tutelage.labelling.inquiry import require_answers, translate_all
from tutelage.labelling.teachers import Translator
from tutelage.students.decoder import Decoder


@dataclass(frozen=True, slots=True)
class OutputsInputs:
    """A test set and the student that is measured on it."""

    text: Text
    student: Decoder


def translate_test(inputs: OutputsInputs, work: Work) -> Iterator[Hypothesis]:
    """The student's translation of each segment of the test set."""
    pairs, signature = list(inputs.text.pairs()), inputs.student.signature
    work.progress.start(f"translate {inputs.text.use}", total=len(pairs))
    outputs = inputs.student.translate(pair.source.text for pair in pairs)
    for pair, text in zip(pairs, outputs, strict=True):
        yield Hypothesis(pair.source, text, signature)
        work.progress.advance()
    work.progress.finish()


@dataclass(frozen=True, slots=True)
class TeacherOutputsInputs:
    """A test set and the teacher whose translations are the ceiling."""

    text: Text
    teacher: Translator


def ask_for_test(inputs: TeacherOutputsInputs, work: Work) -> Iterator[Pair | Rejection]:
    """The teacher's translation of each segment of the test set; what it cannot do is rejected, but not all of it."""
    sources = [pair.source for pair in inputs.text.pairs()]
    outcomes = translate_all(sources, translator=inputs.teacher, progress=work.progress, total=len(sources))
    return require_answers(outcomes)


OUTPUTS = Stage("outputs", 3, Hypothesis, translate_test)
"""Named after test set and system where it is made: `domain-before`, `en-de-after`."""
TEACHER_OUTPUTS = Stage("outputs", 2, Pair, ask_for_test)
