"""Scores of systems on one test set, and the comparison of two of them on the same segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tutelage.core.errors import CorpusError
from tutelage.core.evidence import Comparison, SystemScores
from tutelage.core.languages import Direction
from tutelage.core.protocols import LanguageIdentifier
from tutelage.core.records import Pair
from tutelage.evaluation.off_target import Judgement, judge_outputs, off_target_statistics
from tutelage.evaluation.placeholders import placeholder_statistics
from tutelage.evaluation.significance import SegmentStatistics, compare_paired, score_with_interval
from tutelage.evaluation.terms import Glossary, Term, term_statistics
from tutelage.evaluation.translation import bleu_statistics, chrf_statistics


@dataclass(frozen=True, slots=True)
class Measured:
    """Every measure of one system's outputs on one test set, before resampling."""

    statistics: tuple[SegmentStatistics, ...]
    off_target: Mapping[Judgement, int]
    """Outputs by judgement; empty without a language identifier."""


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
        terms: Sequence[Term] = (),
    ) -> None:
        """Without an identifier, off-target is not measured; `languages` are the run's, for the identifier."""
        if not pairs:
            raise CorpusError("there is no segment to score on.", where=f"test set '{test}'")
        self.test, self.direction, self.identifier, self.languages = test, direction, identifier, tuple(languages)
        self.seed, self.resamples, self.glossary = seed, resamples, Glossary(terms)
        self._ids = [pair.id for pair in pairs]
        self._sources = [pair.source.text for pair in pairs]
        self._references = [pair.target.text for pair in pairs]

    def measure(self, outputs: Mapping[str, str]) -> Measured:
        """All measures of the outputs, joined by segment id; CorpusError names the segments without an output."""
        hypotheses = self._join(outputs)
        judgements = self._judge(hypotheses)
        found = (
            chrf_statistics(hypotheses, references=self._references),
            bleu_statistics(hypotheses, references=self._references, target_language=self.direction.target),
            off_target_statistics(judgements, identifier=self.identifier) if self.identifier else None,
            placeholder_statistics(hypotheses, sources=self._sources),
            term_statistics(hypotheses, sources=self._sources, glossary=self.glossary),
        )
        return Measured(statistics=tuple(filter(None, found)), off_target=Counter(judgements))

    def score(self, measured: Measured, *, system: str, system_signature: str) -> SystemScores:
        """Every score with its 95 % interval."""
        scores = (score_with_interval(s, seed=self.seed, resamples=self.resamples) for s in measured.statistics)
        return SystemScores(system=system, test=self.test, signature=system_signature, scores=tuple(scores))

    def compare(self, before: Measured, *, after: Measured) -> tuple[Comparison, ...]:
        """The paired comparison by every measure."""
        return tuple(
            compare_paired(old, after=new, test=self.test, seed=self.seed, resamples=self.resamples)
            for old, new in zip(before.statistics, after.statistics, strict=True)
        )

    def _judge(self, hypotheses: Sequence[str]) -> tuple[Judgement, ...]:
        if self.identifier is None:
            return ()
        return judge_outputs(
            hypotheses,
            sources=self._sources,
            references=self._references,
            direction=self.direction,
            identifier=self.identifier,
            languages=self.languages,
        )

    def _join(self, outputs: Mapping[str, str]) -> list[str]:
        missing = [segment_id for segment_id in self._ids if segment_id not in outputs]
        if missing:
            shown = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
            raise CorpusError(
                f"{len(missing)} of {len(self._ids)} segments have no output: {shown}.",
                where=f"test set '{self.test}'",
                fix="Translate every segment of the test set; an output may be empty but not missing.",
            )
        return [outputs[segment_id] for segment_id in self._ids]
