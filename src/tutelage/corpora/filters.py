"""Filters that drop unusable pairs and segments, each drop counted and shown under its reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from tutelage.core.errors import MetricError
from tutelage.core.languages import UNSPACED, base_language
from tutelage.core.metrics import MetricSegment, SegmentMetric
from tutelage.core.protection.comparison import missing_spans
from tutelage.core.protocols import LanguageIdentifier
from tutelage.core.recipe import FilterSettings
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.corpora.hashes import HashSet
from tutelage.corpora.normalising import folded, short_hash

STAGE = "filters"

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd-\uffff\ud800-\udfff]")
_DENSE = frozenset({"zh", "ja"})
_DENSE_WEIGHT = 2.2
"""English characters for one of Chinese or Japanese (measured on 2,000 translations: 2.6 and 1.8)."""
_RATIO_SLACK = 10
"""Characters added to both sides of the length ratio, so that short messages may differ by a word."""
_COPY_WORDS = 3
RATED_AT_ONCE = 256
"""Pairs in a window that a metric rates."""


@dataclass(slots=True)
class FilterCounts:
    """How many were read and kept, and how many were dropped for each reason."""

    read: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)


RejectionSink = Callable[[Rejection], None]
Item = TypeVar("Item", bound=Pair | Segment | Rejection)


def filter_pairs(
    pairs: Iterable[Pair],
    settings: FilterSettings,
    *,
    counts: FilterCounts,
    identifier: LanguageIdentifier | None = None,
    languages: Sequence[str] = (),
    rejected: RejectionSink | None = None,
) -> Iterator[Pair]:
    """The pairs worth keeping, streaming; a hash of 8 bytes is remembered for each.

    `languages` are further ones that a text may turn out to be in, besides the pair's own two.
    """
    seen = HashSet()
    for pair in pairs:
        reason = (
            _fault_of_pair(pair, settings)
            or _repeated(seen, settings, pair.source.text, pair.target.text)
            or _in_other_language((pair.source, pair.target), settings, identifier, languages)
        )
        if _counted(counts, reason):
            yield pair
        elif rejected is not None:
            raw = f"{pair.source.text}\t{pair.target.text}"
            rejected(Rejection(pair.id, STAGE, reason, raw=raw, provenance=pair.provenance))


def filter_segments(
    segments: Iterable[Segment],
    settings: FilterSettings,
    *,
    counts: FilterCounts,
    identifier: LanguageIdentifier | None = None,
    languages: Sequence[str] = (),
    rejected: RejectionSink | None = None,
) -> Iterator[Segment]:
    """The segments worth keeping, as `filter_pairs` without what compares two sides."""
    seen = HashSet()
    for segment in segments:
        reason = (
            _fault_of_segment(segment, settings)
            or _repeated(seen, settings, segment.text)
            or _in_other_language((segment,), settings, identifier, languages)
        )
        if _counted(counts, reason):
            yield segment
        elif rejected is not None:
            rejected(Rejection(segment.id, STAGE, reason, raw=segment.text, provenance=segment.provenance))


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

    def pairs(self, pairs: Iterable[Pair]) -> Iterator[Pair | Rejection]:
        """The pairs that are fit to be trained on, and between them a rejection for each other."""
        rejections: list[Rejection] = []
        kept = filter_pairs(
            pairs,
            self.settings,
            counts=FilterCounts(),
            identifier=self.identifier,
            languages=self.languages,
            rejected=rejections.append,
        )
        for metric in self.rating:
            kept = rated_pairs(kept, metric, least=self.settings.least[metric.name], rejected=rejections.append)
        yield from with_rejections(kept, rejections)

    def segments(self, segments: Iterable[Segment]) -> Iterator[Segment | Rejection]:
        """The segments that are fit to be trained on, and between them a rejection for each other."""
        rejections: list[Rejection] = []
        kept = filter_segments(
            segments,
            self.settings,
            counts=FilterCounts(),
            identifier=self.identifier,
            languages=self.languages,
            rejected=rejections.append,
        )
        yield from with_rejections(kept, rejections)


def with_rejections(kept: Iterable[Item], rejections: list[Rejection]) -> Iterator[Item | Rejection]:
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


def count_tokens(text: str, *, lang: str) -> int:
    """Words between white space, or characters in languages written without spaces."""
    return len("".join(text.split())) if base_language(lang) in UNSPACED else len(text.split())


def _fault_of_pair(pair: Pair, settings: FilterSettings) -> str:
    """The reason to drop the pair for what it says alone, or nothing."""
    fault = _fault_of_segment(pair.source, settings) or _fault_of_segment(pair.target, settings)
    if fault:
        return fault
    if length_ratio(pair) > settings.length_ratio:
        return "length_ratio"
    if settings.copies and _is_copied(pair):
        return "copied"
    if settings.placeholders and missing_spans(pair.source.text, pair.target.text):
        return "placeholders_lost"
    return ""


def _fault_of_segment(segment: Segment, settings: FilterSettings) -> str:
    if not segment.text.strip():
        return "empty"
    if settings.control_characters and _CONTROL.search(segment.text):
        return "control_characters"
    if count_tokens(segment.text, lang=segment.lang) > settings.max_words:
        return "too_long"
    return ""


def length_ratio(pair: Pair) -> float:
    """Length of the longer side for one of the shorter, in Latin characters; 1 or more."""
    lengths = [_latin_length(segment) + _RATIO_SLACK for segment in (pair.source, pair.target)]
    return max(lengths) / min(lengths)


def _latin_length(segment: Segment) -> float:
    return len(segment.text.strip()) * (_DENSE_WEIGHT if base_language(segment.lang) in _DENSE else 1.0)


def _is_copied(pair: Pair) -> bool:
    if base_language(pair.source.lang) == base_language(pair.target.lang):
        return False
    return folded(pair.source.text) == folded(pair.target.text) and len(pair.source.text.split()) > _COPY_WORDS


def _repeated(seen: HashSet, settings: FilterSettings, *texts: str) -> str:
    return "duplicate" if settings.duplicates and not seen.add(short_hash(*map(folded, texts))) else ""


def _in_other_language(
    segments: Sequence[Segment],
    settings: FilterSettings,
    identifier: LanguageIdentifier | None,
    languages: Sequence[str],
) -> str:
    if identifier is None or not settings.language:
        return ""
    among = tuple(sorted({base_language(code) for code in (*languages, *(segment.lang for segment in segments))}))
    for segment in segments:
        identified = identifier.identify(segment.text, among=among)
        if identified is not None and identified.lang != base_language(segment.lang):
            return "wrong_language"
    return ""


def _counted(counts: FilterCounts, reason: str) -> bool:
    """Whether to keep, after counting it."""
    counts.read += 1
    if reason:
        counts.dropped[reason] += 1
    else:
        counts.kept += 1
    return not reason
