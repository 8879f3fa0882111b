"""Feedback of a chat teacher: it names, places and corrects the errors of each hypothesis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tutelage.core.protocols import Progress
from tutelage.core.records import Feedback, Hypothesis, Rejection
from tutelage.core.stage import Stage, Work
from tutelage.labelling.inquiry import inquire, require_answers
from tutelage.labelling.roles.feedback import GiveFeedback, make_feedback
from tutelage.labelling.teachers import AskedTeacher
from tutelage.storage.stages import StageTable


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who judges hypotheses, and how it is asked."""

    role: GiveFeedback
    teacher: AskedTeacher
    seed: int
    """The same in every round, so that what the student wrote before is not paid again."""

    def review(
        self, hypotheses: Iterable[Hypothesis], *, progress: Progress, total: int | None
    ) -> Iterator[Feedback | Rejection]:
        """The feedback on each hypothesis, and a rejection for each error in it that cannot be used."""
        answers = inquire(
            hypotheses, role=self.role, teacher=self.teacher, seed=self.seed, progress=progress,
            label=f"{self.teacher.name} gives feedback", total=total, unit="segments",
        )  # fmt: skip
        for hypothesis, outcome in answers:
            if isinstance(outcome, Rejection):
                yield outcome
                continue
            feedback, rejections = make_feedback(
                hypothesis, outcome, direction=self.role.direction, mode=self.role.mode
            )
            yield from rejections
            if feedback is not None:
                yield feedback


@dataclass(frozen=True, slots=True)
class AskedFeedbackInputs:
    """The hypotheses that are judged, and who judges them."""

    hypotheses: StageTable[Hypothesis]
    reviewer: Reviewer


def ask_for_feedback(inputs: AskedFeedbackInputs, work: Work) -> Iterator[Feedback | Rejection]:
    """Every hypothesis as the teacher judges it; TeacherError if it cannot judge one."""
    hypotheses = inputs.hypotheses
    return require_answers(inputs.reviewer.review(hypotheses, progress=work.progress, total=hypotheses.rows))


ASKED_FEEDBACK = Stage("feedback", 2, Feedback, ask_for_feedback)
