"""What stages did not use, counted by reason: for the report, and for errors that say that nothing is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tutelage.core.records import Rejection
from tutelage.core.table_problems import shortened
from tutelage.evaluation.report_data import RejectionCount

MOST_REASONS = 3
"""As many as an error tells."""


def count_rejections(rejections: Iterable[Iterable[Rejection]]) -> tuple[RejectionCount, ...]:
    """Rejections by stage and reason, the most frequent first, with the raw text of one of each."""
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for table in rejections:
        for rejection in table:
            reason = (rejection.stage, rejection.reason)
            counts[reason] += 1
            examples.setdefault(reason, rejection.raw)
    return tuple(
        RejectionCount(stage, reason, count, examples[stage, reason]) for (stage, reason), count in counts.most_common()
    )


def tell_rejections(*rejections: Iterable[Rejection]) -> str:
    """The most frequent reasons as a sentence, with the text of one of the first: ` Dropped: ….`, or nothing."""
    counted = count_rejections(rejections)
    told = [f"{one.count:,} {one.reason} (in {one.stage})" for one in counted[:MOST_REASONS]]
    if not told:
        return ""
    example = counted[0].example.strip()
    shown = f" One {counted[0].reason}: {shortened(example)}" if example else ""
    return f" Dropped: {', '.join(told)}.{shown}"
