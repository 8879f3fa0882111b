"""Coverage: the segments whose words and word pairs stand for most of the pool, and are new to the student.

Memory does not grow with the text: grams are counted in a table of fixed size (a count-min sketch of one row, Cormode
and Muthukrishnan 2005), and segments are ordered within windows.
"""

from __future__ import annotations

import heapq
import math
import re
import zlib
from collections.abc import Hashable, Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tutelage.core.languages import UNSPACED, base_language
from tutelage.core.records import Segment

BINS = 2**22
"""Of the table of counts: 32 MiB. Grams that fall into one bin count together."""
WINDOW = 20_000
"""Segments that are ordered together."""
DECAY = 0.5
"""What a gram is still worth once a segment with it has been taken."""
LENGTH_POWER = 0.5
"""Gain is divided by words to this power: 0 would favour long segments, 1 short ones."""

_WORD = re.compile(r"\w+")
Part = TypeVar("Part", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken next: its place among the items, and what it covered for its cost."""

    index: int
    gain: float


def cover(
    items: Sequence[Sequence[Part]], worth: MutableMapping[Part, float], costs: Sequence[float], *, decay: float
) -> Iterator[Taken]:
    """All items, greedily: next the one whose parts are worth most for its cost.

    `worth` is of each part, and falls by `decay` each time the part is covered: a submodular gain, so that a stale
    value is an upper bound and only the top of the heap is evaluated again (Minoux 1978).
    """
    heap = [(-_gain(parts, worth) / cost, index) for index, (parts, cost) in enumerate(zip(items, costs, strict=True))]
    heapq.heapify(heap)
    while heap:
        _, index = heapq.heappop(heap)
        fresh = -_gain(items[index], worth) / costs[index]
        if heap and fresh > heap[0][0]:
            heapq.heappush(heap, (fresh, index))
            continue
        for part in items[index]:
            worth[part] *= decay
        yield Taken(index, -fresh)


def _gain(parts: Sequence[Part], worth: MutableMapping[Part, float]) -> float:
    return sum(worth[part] for part in parts)


def coverage_scores(
    pool: Iterable[Segment], known: Iterable[Segment], *, part: float, window: int = WINDOW
) -> Iterator[float]:
    """A score for each segment of the pool, which is read twice; the higher, the sooner it should be taken.

    A gram is worth the logarithm of how often the pool has it, divided by one more than how often `known` has it.
    Windows are ordered one after the other, each as if `part` of those before had been taken.
    """
    worth = np.log(np.maximum(count_grams(pool), 1)) / (1 + count_grams(known))
    segments = iter(pool)
    while drawn := list(islice(segments, window)):
        yield from _score_window([list_grams(one) for one in drawn], worth, part)


def count_grams(segments: Iterable[Segment]) -> NDArray[np.float64]:
    """In how many segments a gram of each bin is."""
    counts = np.zeros(BINS)
    for segment in segments:
        counts[list_grams(segment)] += 1
    return counts


def _score_window(items: Sequence[Sequence[int]], worth: NDArray[np.float64], part: float) -> Iterator[float]:
    """By place in the window, so that of each window as much is taken; `worth` is left as after that."""
    left = {gram: float(worth[gram]) for grams in items for gram in grams}
    costs = [max(len(grams), 1) ** LENGTH_POWER for grams in items]
    scores, most = [0.0] * len(items), math.ceil(part * len(items))
    for place, taken in enumerate(cover(items, left, costs, decay=DECAY)):
        scores[taken.index] = -place / len(items)
        if place + 1 == most:
            worth[list(left)] = list(left.values())
    yield from scores


def list_grams(segment: Segment) -> list[int]:
    """Bins of the distinct words and word pairs; of characters in languages written without spaces."""
    text = segment.text.lower()
    words = [*"".join(_WORD.findall(text))] if base_language(segment.lang) in UNSPACED else _WORD.findall(text)
    grams = {*words, *(f"{one} {other}" for one, other in pairwise(words))}
    return sorted({zlib.crc32(gram.encode(errors="replace")) % BINS for gram in grams})
