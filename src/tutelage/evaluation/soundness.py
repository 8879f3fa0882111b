"""What goes wrong with outputs when weights are damaged: protected spans are lost, and sentences do not end.

Both are shares of all segments, so that they rest on as many as chrF does: a test set may have few protected spans.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from tutelage.core.protection.comparison import span_key
from tutelage.core.protection.spans import find_protected
from tutelage.evaluation.significance import SegmentStatistics, score_share

RUNAWAY_RATIO, RUNAWAY_CHARACTERS = 2, 40
"""An output runs away if it is so many times as long as the longer of source and reference, and so much longer."""


def soundness_statistics(
    hypotheses: Sequence[str], *, sources: Sequence[str], references: Sequence[str]
) -> tuple[SegmentStatistics, ...]:
    """Percent of segments that keep every protected span of their source, and of outputs that run away."""
    kept = [keeps_protected(source, hypothesis) for source, hypothesis in zip(sources, hypotheses, strict=True)]
    sides = zip(hypotheses, sources, references, strict=True)
    runaway = [is_runaway(hypothesis, source=source, reference=reference) for hypothesis, source, reference in sides]
    return (
        _share("protected", "none-missing", kept, sources, higher_is_better=True),
        _share("runaway", f"x{RUNAWAY_RATIO}+{RUNAWAY_CHARACTERS}", runaway, sources, higher_is_better=False),
    )


def keeps_protected(source: str, hypothesis: str) -> bool:
    """Whether no placeholder, tag, address, number or code of the source is missing in the output."""
    wanted = Counter(map(span_key, find_protected(source)))
    return not wanted or not wanted - Counter(map(span_key, find_protected(hypothesis)))


def is_runaway(hypothesis: str, *, source: str, reference: str) -> bool:
    """Whether the output is far longer than both source and reference."""
    return len(hypothesis) > RUNAWAY_RATIO * max(len(source), len(reference)) + RUNAWAY_CHARACTERS


def _share(
    name: str, rule: str, hits: Sequence[bool], sources: Sequence[str], *, higher_is_better: bool
) -> SegmentStatistics:
    return SegmentStatistics(
        name=name,
        rows=np.array([(float(hit), 1.0) for hit in hits]),
        score_sums=score_share,
        higher_is_better=higher_is_better,
        signature=f"{name}|rule:{rule}",
        texts=tuple(" ".join(source.casefold().split()) for source in sources),
    )
