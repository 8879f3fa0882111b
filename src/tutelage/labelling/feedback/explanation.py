"""The stage `explained`: category, severity and explanation of errors that comparison has found, asked afterwards.

Only of the segments that were selected, several in one question. An error that gets none keeps the class that was
derived from the difference, and is counted.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tutelage.core.counts import counted
from tutelage.core.protocols import Progress
from tutelage.core.records import ErrorSpan, Feedback, Rejection
from tutelage.core.stage import Stage, Work
from tutelage.labelling.inquiry import inquire
from tutelage.labelling.roles.explaining import Corrected, ExplainErrors, Explanation, explained_errors
from tutelage.labelling.teachers import AskedTeacher
from tutelage.storage.stages import StageTable

MOST_ERRORS, MOST_SEGMENTS = 12, 6
"""In one question; a hypothesis with more errors is asked about alone."""


@dataclass(frozen=True, slots=True)
class Explainer:
    """Who explains, and how it is asked."""

    role: ExplainErrors
    teacher: AskedTeacher
    seed: int

    def explain(
        self, feedbacks: Iterable[Feedback], *, progress: Progress, total: int | None
    ) -> Iterator[Feedback | Rejection]:
        """The same feedback with what could be explained of its errors, and a rejection for each other error."""
        answers = inquire(
            group_errors(feedbacks), role=self.role, teacher=self.teacher, seed=self.seed, progress=progress,
            label=f"{self.teacher.name} explains", total=total, unit="questions",
        )  # fmt: skip
        for corrected, outcome in answers:
            if isinstance(outcome, Rejection):
                yield outcome
            found = {} if isinstance(outcome, Rejection) else explained_errors(corrected, outcome.answer)
            place = 0
            for feedback in corrected.feedbacks:
                places = range(place, place + len(feedback.errors))
                place = places.stop
                errors = zip(feedback.errors, (found.get(one) for one in places), strict=True)
                yield dataclasses.replace(feedback, errors=tuple(_explained(*one) for one in errors))
                if not isinstance(outcome, Rejection) and (missing := sum(one not in found for one in places)):
                    yield Rejection(feedback.id, ExplainErrors.name, "not_explained", raw=counted(missing, "error"))


@dataclass(frozen=True, slots=True)
class ExplainedInputs:
    """The verdicts, what of them was selected, and who explains."""

    feedback: StageTable[Feedback]
    selected: frozenset[str]
    """Ids of the segments that are explained."""
    explainer: Explainer


def explain_selected(inputs: ExplainedInputs, work: Work) -> Iterator[Feedback | Rejection]:
    """The selected feedback with explanations."""
    wanted = (one for one in inputs.feedback if one.id in inputs.selected and one.errors)
    return inputs.explainer.explain(wanted, progress=work.progress, total=None)


EXPLAINED = Stage("explained", 1, Feedback, explain_selected)


def group_errors(feedbacks: Iterable[Feedback]) -> Iterator[Corrected]:
    """Hypotheses in their order, as many together as one question holds."""
    group: list[Feedback] = []
    for feedback in feedbacks:
        errors = sum(len(one.errors) for one in group) + len(feedback.errors)
        if group and (errors > MOST_ERRORS or len(group) == MOST_SEGMENTS):
            yield Corrected(tuple(group))
            group = []
        group.append(feedback)
    if group:
        yield Corrected(tuple(group))


def _explained(error: ErrorSpan, explanation: Explanation | None) -> ErrorSpan:
    if explanation is None:
        return error
    return dataclasses.replace(
        error,
        category=explanation.category,
        severity=explanation.severity,
        explanation=explanation.explanation.strip(),
    )
