"""Filters that drop unusable pairs and segments, each drop counted and shown under its reason."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from tutelage.core.errors import MetricError
from tutelage.core.metrics import MetricSegment, SegmentMetric
from tutelage.core.protocols import LanguageIdentifier
from tutelage.core.recipe import FilterSettings
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.core.runner import LOCAL, Runner
from tutelage.core.signatures import content_key
from tutelage.corpora.faults import Side, sides_of
from tutelage.corpora.hashes import HashSet
from tutelage.corpora.held_back import LEAKED, HeldText
from tutelage.corpora.sieve import DUPLICATE, ROW_SECONDS, Sieve

STAGE = "filters"
RATED_AT_ONCE = 256
"""Pairs in a window that a metric rates."""

RejectionSink = Callable[[Rejection], None]
Item = TypeVar("Item", Pair, Segment)
Row = TypeVar("Row", bound=Pair | Segment | Rejection)


@dataclass(frozen=True, slots=True)
class TextFilter:
    """The recipe's filters as a stage reads them."""

    settings: FilterSettings
    identifier: LanguageIdentifier
    languages: tuple[str, ...] = ()
    """Further ones that a text may turn out to be in."""
    rating: tuple[SegmentMetric, ...] = ()
    """The metrics that `settings.least` names."""

    @property
    def key(self) -> str:
        """The settings, the identifier if languages are looked at, and the metrics."""
        # near-duplicates are another stage's
        settings = self.settings.model_copy(update={"near_duplicates": None})
        identifier = self.identifier.signature if self.settings.language else ""
        return content_key(settings, identifier, self.languages, [one.signature for one in self.rating])

    def pairs(
        self,
        pairs: Iterable[Pair | Rejection],
        *,
        without: HeldText | None = None,
        runner: Runner = LOCAL,
    ) -> Iterator[Pair | Rejection]:
        """The pairs that are fit to be trained on, and between them a rejection for each other; rejections pass.

        `without` is what none of them may be in. Streaming; a hash of 8 bytes is remembered for each.
        """
        rejections: list[Rejection] = []
        sieved = None if self.rating else without
        kept = self._sift(pairs, sieved, runner=runner, rejected=rejections.append)
        for metric in self.rating:
            kept = rated_pairs(kept, metric, least=self.settings.least[metric.name], rejected=rejections.append)
        outcomes = with_rejections(kept, rejections)
        yield from outcomes if without is None or sieved is not None else without.sift(outcomes)

    def segments(
        self,
        segments: Iterable[Segment | Rejection],
        *,
        without: HeldText | None = None,
        runner: Runner = LOCAL,
    ) -> Iterator[Segment | Rejection]:
        """The segments that are fit to be trained on, as `pairs` without what compares two sides."""
        rejections: list[Rejection] = []
        kept = self._sift(segments, without, runner=runner, rejected=rejections.append)
        yield from with_rejections(kept, rejections)

    def _sift(
        self,
        items: Iterable[Item | Rejection],
        without: HeldText | None,
        *,
        runner: Runner,
        rejected: RejectionSink,
    ) -> Iterator[Item]:
        """What is kept; all else goes to `rejected`, in its place."""
        waiting, seen = deque[Item | Rejection](), HashSet()
        identifier = self.identifier if self.settings.language else None
        sieve = Sieve(self.settings, identifier, self.languages, without, seen)
        with runner.open(sieve, row_seconds=ROW_SECONDS) as judge:
            for reason, text_hash in judge(_noted(items, waiting)):
                item = _next_item(waiting, rejected)
                if text_hash is not None and not seen.add(text_hash):
                    reason = DUPLICATE
                if not reason:
                    yield item
                elif reason == LEAKED and without is not None:
                    rejected(without.rejection(item))
                else:
                    raw = "\t".join([text for text, _ in sides_of(item)])
                    rejected(Rejection(item.id, STAGE, reason, raw=raw, provenance=item.provenance))
        for left in waiting:
            if isinstance(left, Rejection):
                rejected(left)


def _noted(items: Iterable[Item | Rejection], waiting: deque[Item | Rejection]) -> Iterator[tuple[Side, ...]]:
    """What is looked at of each item, which waits for its verdict with the rejections between them."""
    for item in items:
        waiting.append(item)
        if not isinstance(item, Rejection):
            yield sides_of(item)


def _next_item(waiting: deque[Item | Rejection], rejected: RejectionSink) -> Item:
    while isinstance(item := waiting.popleft(), Rejection):
        rejected(item)
    return item


def with_rejections(kept: Iterable[Row], rejections: list[Rejection]) -> Iterator[Row | Rejection]:
    """The items, and before each the rejections that came into the list while it was looked for."""
    for item in kept:
        yield from rejections
        rejections.clear()
        yield item
    yield from rejections


def rated_pairs(
    pairs: Iterable[Pair], metric: SegmentMetric, *, least: float, rejected: RejectionSink
) -> Iterator[Pair]:
    """The pairs that the metric rates no worse than `least`, streaming in windows; those without a score among them.

    MetricError for a metric that needs references: there are none of what is learned.
    """
    if metric.needs_reference:
        raise MetricError(
            f"'{metric.name}' needs a reference for each translation, and what is learned from has none.",
            where="filters.least",
            fix="Name a metric without references, such as adequacy, cometkiwi or a teacher.",
        )
    remaining, sign = iter(pairs), 1 if metric.higher_is_better else -1
    while window := list(islice(remaining, RATED_AT_ONCE)):
        scores = metric.score(
            [MetricSegment(one.source.text, one.target.text, "", one.source.lang, one.target.lang) for one in window]
        )
        for pair, score in zip(window, scores, strict=True):
            if sign * (score - least) < 0:
                reason = f"{metric.name}_worse_than_{least:g}"
                raw = f"{score:.3f}\t{pair.source.text}\t{pair.target.text}"
                rejected(Rejection(pair.id, STAGE, reason, raw=raw, provenance=pair.provenance))
            else:
                yield pair
