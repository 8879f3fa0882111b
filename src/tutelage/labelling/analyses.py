"""The stage `analyses`: domain, topic and style of the erroneous sentences, for a writer who must not see these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tutelage.core.records import Feedback, Provenance, Rejection
from tutelage.core.stage import Stage, Work
from tutelage.labelling.error_words import ErrorWord, first_feedback
from tutelage.labelling.inquiry import inquire
from tutelage.labelling.roles.analysis import Analyse, analysis_text
from tutelage.labelling.teachers import AskedTeacher
from tutelage.storage.stages import StageTable


@dataclass(frozen=True, slots=True)
class Analysis:
    """What kind of sentence a segment is, in the teacher's words and without the segment's own."""

    id: str
    """Of the segment."""
    text: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class AnalysesInputs:
    """The errors whose first sentences are analysed, and by whom."""

    errors: StageTable[ErrorWord]
    feedback: StageTable[Feedback]
    role: Analyse
    teacher: AskedTeacher
    seed: int


def analyse_sentences(inputs: AnalysesInputs, work: Work) -> Iterator[Analysis | Rejection]:
    """An analysis of the first sentence of every error."""
    segments = [item.hypothesis.segment for item in first_feedback(inputs.errors, inputs.feedback).values()]
    answers = inquire(
        segments, role=inputs.role, teacher=inputs.teacher, seed=inputs.seed, progress=work.progress,
        label="teacher analyses", total=len(segments), unit="segments",
    )  # fmt: skip
    for segment, outcome in answers:
        if isinstance(outcome, Rejection):
            yield outcome
        else:
            yield Analysis(segment.id, analysis_text(outcome.answer), outcome.provenance)


ANALYSES = Stage("analyses", 2, Analysis, analyse_sentences)


def read_analyses(analyses: StageTable[Analysis] | None) -> dict[str, str] | None:
    """The analyses by their segments' ids; `None` if there is no such stage."""
    return None if analyses is None else {analysis.id: analysis.text for analysis in analyses}
