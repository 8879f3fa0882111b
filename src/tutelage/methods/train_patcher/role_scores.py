"""How well a student plays the roles: figures on the answers that it gave to held-out demonstrations (pure).

*Valid answers* is the share that can be read and used, in all roles and in each. *Precision* and *recall* are of
flagging in the role feedback, against the teacher's flags; an answer that cannot be used flags nothing, as in patching.
The *post-edits' chrF* is measured against the teacher's post-edits where the teacher gave one; a hypothesis that was
not corrected stands as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tutelage.core.records import Hypothesis
from tutelage.evaluation.measures import DETECTION, Measure
from tutelage.evaluation.significance import Floats, SegmentStatistics, score_share
from tutelage.evaluation.translation import chrf_statistics
from tutelage.methods.train_patcher.answers import Judgement
from tutelage.methods.train_patcher.questions import Question

TEST = "demonstrations"
"""Name of the test set in scores and rules."""
MEASURES = {
    "valid_answers": Measure("valid answers", " %", 1, True),
    "valid_feedback": Measure("valid feedback", " %", 1, True),
    "valid_analyse": Measure("valid analyses", " %", 1, True),
    "valid_contexts": Measure("valid contexts", " %", 1, True),
    "valid_analogies": Measure("valid analogies", " %", 1, True),
    "precision": DETECTION["precision"],
    "recall": DETECTION["recall"],
    "post_edit_chrf": Measure("post-edits' chrF", "", 1, True),
}


@dataclass(frozen=True, slots=True)
class Given:
    """A student's answer to a held-out question."""

    question: Question
    judgement: Judgement


def measure_roles(given: Sequence[Given]) -> tuple[SegmentStatistics, ...]:
    """Every figure that the questions allow, in the same order for all students that were asked the same."""
    roles = dict.fromkeys(one.question.role.name for one in given)
    valid = [_valid("valid_answers", given)]
    valid += [_valid(f"valid_{role}", [one for one in given if one.question.role.name == role]) for role in roles]
    judged = [one for one in given if one.question.role.name == "feedback"]
    return (*valid, *_agreement(judged), *_post_edits(judged))


def _valid(name: str, given: Sequence[Given]) -> SegmentStatistics:
    rows = np.array([(one.judgement.fault is None, 1) for one in given], dtype=np.float64)
    signature = "answers|parsed, verified, usable|turns:1"
    return SegmentStatistics(name, rows, score_share, True, signature, _segments(given))


def _segments(given: Sequence[Given]) -> tuple[str, ...]:
    """Where each question came from: questions about one segment count as one."""
    return tuple(one.question.segment_id for one in given)


def _agreement(judged: Sequence[Given]) -> tuple[SegmentStatistics, ...]:
    """Rows of (flagged by both, by the student, by the teacher)."""
    rows = np.array([_flags(one) for one in judged], dtype=np.float64)
    if not len(rows) or not rows[:, 2].any():
        return ()
    signature, segments = "flags|teacher's|unusable:no flag", _segments(judged)
    return (
        SegmentStatistics("precision", rows, _share_of(1), True, signature, segments),
        SegmentStatistics("recall", rows, _share_of(2), True, signature, segments),
    )


def _flags(one: Given) -> tuple[bool, bool, bool]:
    student = one.judgement.feedback is not None and one.judgement.feedback.flagged
    teacher = bool(getattr(one.question.answer, "has_error", False))
    return student and teacher, student, teacher


def _share_of(column: int) -> Callable[[Floats], Floats]:
    """Percent of what both flagged; 0 if there is nothing to take it of."""

    def share(sums: Floats) -> Floats:
        whole = sums[:, column]
        shares: Floats = np.divide(100.0 * sums[:, 0], whole, out=np.zeros_like(whole), where=whole > 0)
        return shares

    return share


def _post_edits(judged: Sequence[Given]) -> tuple[SegmentStatistics, ...]:
    corrected = [one for one in judged if _flags(one)[2]]
    if not corrected:
        return ()
    references = [str(getattr(one.question.answer, "post_edit", "")) for one in corrected]
    statistics = chrf_statistics([_outcome(one) for one in corrected], references=references)
    return (replace(statistics, name="post_edit_chrf", texts=_segments(corrected)),)


def _outcome(one: Given) -> str:
    """The text after the student's review."""
    hypothesis: Hypothesis = one.question.item
    feedback = one.judgement.feedback
    return hypothesis.text if feedback is None or feedback.post_edit is None else feedback.post_edit
