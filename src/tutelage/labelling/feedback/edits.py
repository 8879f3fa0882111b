"""The stage `edits`: the teacher sees source and hypothesis, and writes the corrected translation in plain text.

What it changed is found by comparison afterwards (`reference`), so that no quotation, class or verdict has to be
asked for. A table of edits is pairs of a source and its corrected translation, whoever has corrected it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tutelage.core.records import Hypothesis, Pair, Rejection, Segment
from tutelage.core.stage import Stage, Work
from tutelage.labelling.inquiry import inquire, require_answers
from tutelage.labelling.roles.editing import EditRole
from tutelage.labelling.teachers import AskedTeacher
from tutelage.storage.stages import StageTable
from tutelage.teachers.plain_text import between_space_of, written_for
from tutelage.teachers.role import Answered

UNCHANGED = 1.0
"""Agreement from which an edit says that nothing was wrong: nothing but case, spacing or final punctuation differs."""


@dataclass(frozen=True, slots=True)
class EditsInputs:
    """The hypotheses that are corrected, and who corrects them."""

    hypotheses: StageTable[Hypothesis]
    role: EditRole
    teacher: AskedTeacher
    seed: int
    """The same in every round, so that what the student wrote before is not paid again."""


def ask_for_edits(inputs: EditsInputs, work: Work) -> Iterator[Pair | Rejection]:
    """Every hypothesis as the teacher corrects it; what cannot be is rejected. TeacherError if that is everything."""
    return require_answers(_edits(inputs, work))


def _edits(inputs: EditsInputs, work: Work) -> Iterator[Pair | Rejection]:
    answers = inquire(
        inputs.hypotheses, role=inputs.role, teacher=inputs.teacher, seed=inputs.seed, progress=work.progress,
        label=f"{inputs.teacher.name} edits", total=inputs.hypotheses.rows, unit="segments",
    )  # fmt: skip
    for hypothesis, outcome in answers:
        if isinstance(outcome, Rejection):
            yield outcome
        else:
            yield edit_pair(hypothesis, outcome, lang=inputs.role.direction.target)


EDITS = Stage("edits", 1, Pair, ask_for_edits)


def edit_pair(hypothesis: Hypothesis, answered: Answered, *, lang: str) -> Pair:
    """The source with its corrected translation, between the same outer white space."""
    source = hypothesis.segment
    text = between_space_of(source.text, written_for(source.text, answered.answer.text))
    target = Segment(source.id, text, lang, source.document, answered.provenance)
    return Pair(source, target, answered.provenance)
