"""The measures of all items of one system as rows that the bootstrap can resample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from tutelage.core.protocols import Embedder, LanguageModel, Parser
from tutelage.evaluation.diversity.combined import combined_signature
from tutelage.evaluation.diversity.fluency import fluency_signature
from tutelage.evaluation.diversity.items import ItemMeasures
from tutelage.evaluation.diversity.syntactic import SyntacticDistance
from tutelage.evaluation.diversity.words import words_signature
from tutelage.evaluation.measures import MEASURES
from tutelage.evaluation.off_target.shares import empty_statistics
from tutelage.evaluation.significance import Floats, SegmentStatistics


def item_statistics(
    items: Sequence[ItemMeasures],
    *,
    sources: Mapping[str, str],
    embedder: Embedder,
    parser: Parser | None,
    syntax: SyntacticDistance,
    language_model: LanguageModel | None = None,
    language: str = "",
) -> tuple[SegmentStatistics, ...]:
    """One for each measure; `syntactic` only if a source has a parse, over those items; `fluency` only with a model.

    `sources` are the texts by the items' ids, by which copies of a sentence are told.
    """
    words, embedded = words_signature(language), f"cosine|{embedder.signature}"
    parsed = [item.syntactic for item in items if item.syntactic is not None]
    trees = f"{syntax.signature}|{parser.signature}" if parser else ""
    told = fluency_signature(language_model.signature if language_model else "")
    made_of = combined_signature(parsed=bool(parsed), fluency=told)
    combined = "|".join(filter(None, (made_of, embedded, words, trees)))
    found = [
        _mean("meaning", (item.meaning for item in items), embedded),
        _mean("lexical", (item.lexical for item in items), f"100-sentence-BLEU|smooth:exp|eff:yes|{words}"),
        _mean("jaccard", (item.jaccard for item in items), f"jaccard|{words}"),
        _mean("candidates", (item.candidates for item in items), f"100-self-BLEU|smooth:exp|eff:yes|{words}"),
        _ratio("distinct_1", (item.distinct_1 for item in items), f"distinct-1|{words}", scale=100.0),
        _ratio("distinct_2", (item.distinct_2 for item in items), f"distinct-2|{words}", scale=100.0),
        _ratio("compression", (item.compression for item in items), "deflate:9", scale=1.0),
        _mean("combined", (item.combined for item in items), combined),
        empty_statistics(["x" if item.has_output else "" for item in items]),
    ]
    if language_model:
        found.insert(1, _mean("fluency", (item.fluency or 0.0 for item in items), told))
    found = [replace(one, texts=tuple(sources[item.id] for item in items)) for one in found]
    if parsed:
        texts = tuple(sources[item.id] for item in items if item.syntactic is not None)
        found.insert(4 if language_model else 3, replace(_mean("syntactic", parsed, trees), texts=texts))
    return tuple(found)


def _mean(name: str, values: Iterable[float], signature: str) -> SegmentStatistics:
    return _ratio(name, ((value, 1.0) for value in values), signature, scale=1.0)


def _ratio(name: str, counts: Iterable[tuple[float, float]], signature: str, *, scale: float) -> SegmentStatistics:
    """Part by whole, summed over items; 0 if the whole is 0."""

    def score_sums(sums: Floats) -> Floats:
        shares: Floats = scale * np.divide(sums[:, 0], sums[:, 1], out=np.zeros(len(sums)), where=sums[:, 1] > 0)
        return shares

    rows = np.array(list(counts), dtype=np.float64)
    return SegmentStatistics(name, rows, score_sums, MEASURES[name].higher_is_better, signature)
