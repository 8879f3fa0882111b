"""Scores of systems on one test set, and the comparison of two of them on the same segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tutelage.core.counts import counted
from tutelage.core.errors import CorpusError
from tutelage.core.evidence import Comparison, SystemScores
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.languages import Direction
from tutelage.core.metrics import MetricSegment, SegmentMetric
from tutelage.core.protection.comparison import placeholders_kept, span_key
from tutelage.core.protection.patterns import EMAIL, NUMBER, URL
from tutelage.core.protection.spans import find_placeholders, find_protected
from tutelage.core.protocols import LanguageIdentifier
from tutelage.core.records import Pair
from tutelage.evaluation.metrics.metric import metric_statistics
from tutelage.evaluation.off_target.confusion import Confusion, count_languages
from tutelage.evaluation.off_target.judging import JudgedOutput, Mode, judge_outputs
from tutelage.evaluation.off_target.shares import (
    echo_statistics,
    empty_statistics,
    off_target_statistics,
    told_statistics,
)
from tutelage.evaluation.significance import SegmentStatistics, compare_each, score_each, score_share
from tutelage.evaluation.terms import term_statistics
from tutelage.evaluation.translation import bleu_statistics, chrf_statistics


@dataclass(frozen=True, slots=True)
class Measured:
    """Every measure of one system's outputs on one test set, before resampling."""

    statistics: tuple[SegmentStatistics, ...]
    judged: tuple[JudgedOutput, ...]
    """One for each segment; empty without a language identifier."""
    hypotheses: tuple[str, ...]


class Scorer:
    """One test set and how it is measured; each system is measured once and then scored and compared at will."""

    def __init__(
        self,
        pairs: Sequence[Pair],
        *,
        test: str,
        direction: Direction,
        identifier: LanguageIdentifier | None,
        seed: int,
        resamples: int = 1000,
        languages: Sequence[str] = (),
        glossary: Glossary | None = None,
        off_target: Mode = "strict",
        metrics: Sequence[SegmentMetric] = (),
    ) -> None:
        """Without an identifier, off-target is not measured; `languages` are the run's, for the identifier.

        With a glossary, the terms that are kept are measured. `direction` says how BLEU splits words; an output is
        judged by the languages of its own pair.
        """
        if not pairs:
            raise CorpusError("there is no segment to score on.", where=f"test set '{test}'")
        self.test, self.direction, self.identifier, self.languages = test, direction, identifier, tuple(languages)
        self.seed, self.resamples, self.glossary, self.mode = seed, resamples, glossary, off_target
        self.metrics = tuple(metrics)
        self._ids = [pair.id for pair in pairs]
        self._sources = [pair.source.text for pair in pairs]
        self._texts = tuple(" ".join(source.casefold().split()) for source in self._sources)
        self._references = [pair.target.text for pair in pairs]
        self._directions = [Direction(pair.source.lang, pair.target.lang) for pair in pairs]

    def measure(self, outputs: Mapping[str, str]) -> Measured:
        """All measures of the outputs, joined by segment id; CorpusError names the segments without an output."""
        hypotheses = self._join(outputs)
        judged = self._judge(hypotheses)
        found = (
            chrf_statistics(hypotheses, references=self._references),
            bleu_statistics(hypotheses, references=self._references, target_language=self.direction.target),
            *self._off_target(judged),
            echo_statistics(
                hypotheses, sources=self._sources, references=self._references, directions=self._directions
            ),
            empty_statistics(hypotheses),
            placeholder_statistics(hypotheses, sources=self._sources),
            span_statistics(hypotheses, sources=self._sources, name="numbers", kinds=frozenset({NUMBER})),
            span_statistics(hypotheses, sources=self._sources, name="urls", kinds=frozenset({URL, EMAIL})),
            *self._terms(hypotheses),
            *self._of_others(hypotheses),
        )
        return Measured(tuple(self._of_sources(one) for one in found if one), judged, tuple(hypotheses))

    def measure_references(self) -> Measured:
        """Off-target of the references themselves: the floor under which no score means anything."""
        judged = self._judge(self._references)
        found = tuple(map(self._of_sources, self._off_target(judged)))
        return Measured(found, judged, tuple(self._references))

    def count_languages(self, measured: Measured, *, system: str) -> tuple[Confusion, ...]:
        """The languages of the outputs, a table for each direction of the test set; none without an identifier."""
        if self.identifier is None:
            return ()
        return count_languages(
            measured.judged,
            hypotheses=measured.hypotheses,
            directions=self._directions,
            system=system,
            test=self.test,
        )

    def score(self, measured: Measured, *, system: str, system_signature: str) -> SystemScores:
        """Every score with its 95 % interval."""
        scores = score_each(measured.statistics, seed=self.seed, resamples=self.resamples)
        return SystemScores(system=system, test=self.test, signature=system_signature, scores=scores)

    def compare(self, before: Measured, *, after: Measured) -> tuple[Comparison, ...]:
        """The paired comparison by every measure."""
        return compare_each(
            before.statistics, after=after.statistics, test=self.test, seed=self.seed, resamples=self.resamples
        )

    def _of_sources(self, statistics: SegmentStatistics) -> SegmentStatistics:
        """The statistics with the text that each row is measured on, by which copies of a segment are told."""
        return statistics if statistics.texts else replace(statistics, texts=self._texts)

    def _terms(self, hypotheses: Sequence[str]) -> tuple[SegmentStatistics, ...]:
        if self.glossary is None:
            return ()
        return term_statistics(hypotheses, sources=self._sources, glossary=self.glossary)

    def _of_others(self, hypotheses: Sequence[str]) -> Iterator[SegmentStatistics]:
        """By metrics that are programs of their own."""
        texts = zip(self._sources, hypotheses, self._references, self._directions, strict=True)
        segments = [
            MetricSegment(source, hypothesis, reference, direction.source, direction.target)
            for source, hypothesis, reference, direction in texts
        ]
        return (metric_statistics(metric, segments) for metric in self.metrics)

    def _off_target(self, judged: Sequence[JudgedOutput]) -> tuple[SegmentStatistics, ...]:
        """The ratio, and what it hides; nothing without an identifier."""
        if self.identifier is None:
            return ()
        ratio = off_target_statistics(judged, identifier=self.identifier, mode=self.mode)
        return (ratio, *told_statistics(judged, identifier=self.identifier, mode=self.mode))

    def _judge(self, hypotheses: Sequence[str]) -> tuple[JudgedOutput, ...]:
        if self.identifier is None:
            return ()
        return judge_outputs(
            hypotheses,
            sources=self._sources,
            references=self._references,
            directions=self._directions,
            identifier=self.identifier,
            languages=self.languages,
            mode=self.mode,
        )

    def _join(self, outputs: Mapping[str, str]) -> list[str]:
        missing = [segment_id for segment_id in self._ids if segment_id not in outputs]
        if missing:
            shown = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
            raise CorpusError(
                f"no output for {len(missing):,} of {counted(len(self._ids), 'segment')}: {shown}.",
                where=f"test set '{self.test}'",
                fix="Translate every segment of the test set; an output may be empty but not missing.",
            )
        return [outputs[segment_id] for segment_id in self._ids]


def placeholder_statistics(hypotheses: Sequence[str], *, sources: Sequence[str]) -> SegmentStatistics | None:
    """Percent of the segments with placeholders whose placeholders are all kept; `None` if no source has any."""
    measured = [pair for pair in zip(sources, hypotheses, strict=True) if find_placeholders(pair[0])]
    kept = [placeholders_kept(source, hypothesis) for source, hypothesis in measured]
    return _share_kept("placeholders", "exact-count", [source for source, _ in measured], kept)


def span_statistics(
    hypotheses: Sequence[str], *, sources: Sequence[str], name: str, kinds: frozenset[str]
) -> SegmentStatistics | None:
    """Percent of the segments with protected spans of some kinds that lack none; `None` if no source has any."""
    measured, kept = list[str](), list[bool]()
    for source, hypothesis in zip(sources, hypotheses, strict=True):
        wanted = Counter(span_key(span) for span in find_protected(source) if span.kind in kinds)
        if wanted:
            measured.append(source)
            kept.append(not wanted - Counter(map(span_key, find_protected(hypothesis))))
    return _share_kept(name, "none-missing", measured, kept)


def _share_kept(name: str, match: str, sources: Sequence[str], kept: Sequence[bool]) -> SegmentStatistics | None:
    if not sources:
        return None
    return SegmentStatistics(
        name=name,
        rows=np.array([(float(one), 1.0) for one in kept]),
        score_sums=score_share,
        higher_is_better=True,
        signature=f"{name}|match:{match}",
        texts=tuple(sources),
    )
