"""A teacher's own translation against its correction of the student's, on the same words (arXiv 2403.09522, §5).

The paper's reason for asking for feedback rather than translations: seeing the hypothesis, the same model gets more
words right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tutelage.core.errors import CorpusError
from tutelage.core.evidence import Comparison, Score
from tutelage.core.records import Feedback
from tutelage.evaluation.term_accuracy import Marking, compare_marks, mark_items, score_marks
from tutelage.evaluation.word_lists import WordItem


@dataclass(frozen=True, slots=True)
class DirectAndFeedback:
    """Term accuracy of both, and the difference (feedback − direct) on the items that both answered."""

    direct: Score
    feedback: Score
    comparison: Comparison
    left_out: int
    """Items without a usable answer of either kind, or undecided by the judge."""


def compare_direct_and_feedback(
    items: Sequence[WordItem],
    *,
    direct: Mapping[str, str],
    post_edits: Mapping[str, str],
    marking: Marking,
    seed: int = 1,
    resamples: int = 1000,
) -> DirectAndFeedback:
    """Both accuracies with intervals; texts are by *segment* id, and items that lack one are left out and counted.

    CorpusError if no item has both. Where the teacher found nothing wrong, its post-edit is the hypothesis:
    `corrected_texts` gives it so.
    """
    both = [item for item in items if item.pair.id in direct and item.pair.id in post_edits]
    if not both:
        raise CorpusError("no item has both a translation and a correction of the teacher.", where="word list")
    own = mark_items(both, {item.id: direct[item.pair.id] for item in both}, marking=marking)
    corrected = mark_items(both, {item.id: post_edits[item.pair.id] for item in both}, marking=marking)
    decided = [item for item in both if own[item.id] is not None and corrected[item.id] is not None]
    first, second = (
        score_marks(decided, marks, marking=marking, seed=seed, resamples=resamples) for marks in (own, corrected)
    )
    comparison = compare_marks(
        decided, own, after=corrected, marking=marking, test="direct and feedback", seed=seed, resamples=resamples
    )
    if first is None or second is None or comparison is None:
        raise CorpusError("the judge could decide no item both ways.", where="word list")
    return DirectAndFeedback(first, second, comparison, left_out=len(items) - len(decided))


def corrected_texts(feedbacks: Iterable[Feedback]) -> dict[str, str]:
    """By segment id: the post-edit, or the hypothesis where the teacher found nothing wrong."""
    return {one.id: one.hypothesis.text if one.post_edit is None else one.post_edit for one in feedbacks}
