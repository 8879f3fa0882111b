"""Scores of paraphrasing systems on one test set, and the comparison of two of them on the same sources."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutelage.core.errors import CorpusError
from tutelage.core.evidence import Comparison, SystemScores
from tutelage.core.protocols import Embedder, LanguageModel, Parser
from tutelage.core.syntax import SyntaxTree
from tutelage.evaluation.diversity.fluency import fluency
from tutelage.evaluation.diversity.items import ItemMeasures, first_candidate, measure_item
from tutelage.evaluation.diversity.meaning import meaning_kept
from tutelage.evaluation.diversity.outlines import LEVELS
from tutelage.evaluation.diversity.statistics import item_statistics
from tutelage.evaluation.diversity.syntactic import SyntacticDistance
from tutelage.evaluation.significance import SegmentStatistics, compare_each, score_each

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Measured:
    """Every measure of one system's paraphrases of one test set, before resampling."""

    statistics: tuple[SegmentStatistics, ...]
    items: tuple[ItemMeasures, ...]
    """In the order of the sources."""
    without_output: int
    """Items whose first candidate is missing or blank; they count as 0."""
    unparsed: int
    """Outputs that have no parse though their source has one; their syntactic distance counts as 0."""


class ParaphraseScorer:
    """One test set and how it is measured; each system is measured once and then scored and compared at will."""

    def __init__(
        self,
        sources: Mapping[str, str],
        *,
        test: str,
        embedder: Embedder,
        parser: Parser | None,
        language_model: LanguageModel | None = None,
        seed: int,
        resamples: int = 1000,
        language: str = "",
        levels: int | None = LEVELS,
    ) -> None:
        """Texts by id; `language` says how words are split. Without a parser the distance is the lexical one alone.

        Without a language model fluency is not measured, and word salad scores high: the signature tells.
        """
        if not sources:
            raise CorpusError("there is no sentence to score on.", where=f"test set '{test}'")
        self.sources, self.test, self.embedder, self.parser = dict(sources), test, embedder, parser
        self.language_model = language_model
        self.seed, self.resamples, self.language = seed, resamples, language
        self._syntax = SyntacticDistance(levels=levels)
        self._vectors: dict[str, Vectors] = {}
        self._trees: dict[str, SyntaxTree | None] = {}
        self._likelihoods: dict[str, float] = {}

    def among(self, ids: Collection[str]) -> ParaphraseScorer:
        """The same on these sources alone: for a system that has not answered the others, which are not its fault."""
        some = copy(self)
        some.sources = {item_id: text for item_id, text in self.sources.items() if item_id in ids}
        return some

    def measure(self, outputs: Mapping[str, tuple[str, ...]]) -> Measured:
        """All measures of the candidates, joined by id; CorpusError if not one id is that of a source."""
        self._check_ids(outputs)
        candidates = [outputs.get(item_id, ()) for item_id in self.sources]
        firsts = [first_candidate(one) for one in candidates]
        meanings, distances = self._measure_meaning(firsts), self._measure_syntax(firsts)
        fluencies = self._measure_fluency(firsts)
        items = tuple(
            measure_item(
                item_id,
                source=source,
                candidates=written,
                meaning=meaning,
                syntactic=syntactic,
                fluency=fluent,
                language=self.language,
            )
            for (item_id, source), written, meaning, syntactic, fluent in zip(
                self.sources.items(), candidates, meanings, distances, fluencies, strict=True
            )
        )
        return Measured(
            item_statistics(
                items,
                sources=self.sources,
                embedder=self.embedder,
                parser=self.parser,
                syntax=self._syntax,
                language_model=self.language_model,
                language=self.language,
            ),
            items,
            without_output=sum(not item.has_output for item in items),
            unparsed=self._count_unparsed(firsts),
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

    def _measure_meaning(self, firsts: Sequence[str]) -> list[float]:
        """The meaning kept by each output, 0 if there is none."""
        written = [place for place, text in enumerate(firsts) if text]
        meanings = [0.0] * len(firsts)
        if written:
            sources = list(self.sources.values())
            vectors = self._embed([*(sources[place] for place in written), *(firsts[place] for place in written)])
            found = meaning_kept(vectors[: len(written)], vectors[len(written) :])
            for place, meaning in zip(written, found.tolist(), strict=True):
                meanings[place] = meaning
        return meanings

    def _measure_syntax(self, firsts: Sequence[str]) -> list[float | None]:
        """The distance of each output; `None` if the source has no parse, 0 if only the output has none."""
        self._parse([*self.sources.values(), *filter(None, firsts)])
        distances: list[float | None] = []
        for source, first in zip(self.sources.values(), firsts, strict=True):
            tree, other = self._trees.get(source), self._trees.get(first)
            if tree is None:
                distances.append(None)
            else:
                distances.append(self._syntax.between(tree, other) if other else 0.0)
        return distances

    def _measure_fluency(self, firsts: Sequence[str]) -> list[float] | list[None]:
        """The fluency of each output, 0 if there is none; `None` for all without a language model."""
        model, likelihoods = self.language_model, self._likelihoods
        if model is None:
            return [None] * len(firsts)
        texts = dict.fromkeys((*self.sources.values(), *filter(None, firsts)))
        new = [text for text in texts if text not in likelihoods]
        likelihoods.update(zip(new, model.mean_log_likelihoods(new), strict=True))
        pairs = zip(self.sources.values(), firsts, strict=True)
        return [fluency(likelihoods[first], source=likelihoods[source]) if first else 0.0 for source, first in pairs]

    def _count_unparsed(self, firsts: Sequence[str]) -> int:
        pairs = zip(self.sources.values(), firsts, strict=True)
        return sum(bool(self._trees.get(source) and first and not self._trees.get(first)) for source, first in pairs)

    def _parse(self, texts: Iterable[str]) -> None:
        """The trees of texts that were not seen before."""
        new = [text for text in dict.fromkeys(texts) if text not in self._trees]
        if self.parser and new:
            self._trees.update(zip(new, self.parser.parse(new), strict=True))

    def _embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors [N, D]; each text is embedded once for all systems."""
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, self.embedder.embed(new), strict=True))
        return np.stack([self._vectors[text] for text in texts])

    def _check_ids(self, outputs: Mapping[str, tuple[str, ...]]) -> None:
        if outputs and not any(item_id in self.sources for item_id in outputs):
            shown = ", ".join(list(outputs)[:3])
            raise CorpusError(
                f"no output has the id of a source; the outputs begin with {shown}, "
                f"the sources with {', '.join(list(self.sources)[:3])}.",
                where=f"test set '{self.test}'",
                fix="Give each output the id of the sentence it paraphrases.",
            )
