"""What the words of a segment tell by themselves: how long it is, how rare its words are, how new to the student."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from tutelage.core.records import Segment
from tutelage.stages.selection.coverage import count_grams, list_grams


def lengths(pool: Iterable[Segment]) -> Iterator[float]:
    """Bytes of each source."""
    return (float(len(one.text.encode(errors="replace"))) for one in pool)


def rarities(pool: Iterable[Segment]) -> Iterator[float]:
    """Of each segment the mean surprise (nats) of its words and word pairs, by how many segments of the pool hold them.

    The pool is read twice; 0 for a segment without a word.
    """
    counts = count_grams(pool)
    total = max(counts.max(initial=0.0), 1.0)
    surprise = np.log(total + 1) - np.log(np.maximum(counts, 1))
    return (float(surprise[grams].mean()) if (grams := list_grams(one)) else 0.0 for one in pool)


def novelties(pool: Iterable[Segment], known: Iterable[Segment]) -> Iterator[float]:
    """Of each segment the share of its words and word pairs that `known` does not have; 0 for one without a word."""
    is_new = count_grams(known) == 0
    return (float(is_new[grams].mean()) if (grams := list_grams(one)) else 0.0 for one in pool)
