"""Placeholders kept: the share of segments with placeholders or markup that carry all of it over unchanged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tutelage.core.protection.comparison import placeholders_kept
from tutelage.core.protection.spans import find_placeholders
from tutelage.evaluation.significance import SegmentStatistics, score_share


def placeholder_statistics(hypotheses: Sequence[str], *, sources: Sequence[str]) -> SegmentStatistics | None:
    """Percent of the segments with placeholders whose placeholders are all kept; none if no source has any."""
    measured = [pair for pair in zip(sources, hypotheses, strict=True) if find_placeholders(pair[0])]
    if not measured:
        return None
    return SegmentStatistics(
        name="placeholders",
        rows=np.array([(float(placeholders_kept(source, hypothesis)), 1.0) for source, hypothesis in measured]),
        score_sums=score_share,
        higher_is_better=True,
        signature="placeholders|match:exact-count",
        texts=tuple(source for source, _ in measured),
    )
