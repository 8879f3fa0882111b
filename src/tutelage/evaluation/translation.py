"""BLEU and chrF by sacrebleu: its statistics, its formulas, its signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tutelage.core.languages import base_language
from tutelage.evaluation.significance import Floats, SegmentStatistics

_SEGMENTS_AT_ONCE = 1000
"""sacrebleu keeps every n-gram of the references it is given: a million segments at once would not fit in memory."""

_TOKENIZERS = {"zh": "zh", "ja": "char", "ko": "char", "th": "char"}
"""Japanese and Korean by character, since sacrebleu's own choice needs a dictionary that is not installed with it."""


def bleu_statistics(
    hypotheses: Sequence[str], *, references: Sequence[str], target_language: str = ""
) -> SegmentStatistics:
    """BLEU (Papineni et al. 2002), 0 to 100; rows are lengths, matched and possible n-grams of orders 1 to 4."""
    from sacrebleu.metrics.bleu import BLEU

    metric = BLEU(tokenize=bleu_tokenizer(target_language), force=True)
    return _sacrebleu_statistics(metric, "bleu", "BLEU", hypotheses=hypotheses, references=references)


def bleu_tokenizer(language: str) -> str:
    """Name of the tokenizer by which sacrebleu splits text of that language."""
    return _TOKENIZERS.get(base_language(language), "13a")


def chrf_statistics(hypotheses: Sequence[str], *, references: Sequence[str]) -> SegmentStatistics:
    """chrF2 (Popović 2015), 0 to 100; rows are hypothesis, reference and matched n-grams of character orders 1 to 6."""
    from sacrebleu.metrics.chrf import CHRF

    return _sacrebleu_statistics(CHRF(), "chrf", "chrF2", hypotheses=hypotheses, references=references)


def _sacrebleu_statistics(
    metric: Any, name: str, printed_name: str, *, hypotheses: Sequence[str], references: Sequence[str]
) -> SegmentStatistics:
    rows: list[list[int]] = []
    for start in range(0, len(hypotheses), _SEGMENTS_AT_ONCE):
        part = slice(start, start + _SEGMENTS_AT_ONCE)
        rows += metric._extract_corpus_statistics(hypotheses[part], [references[part]])

    def score_sums(sums: Floats) -> Floats:
        # Row by row through sacrebleu's own formula: equal to its corpus_score to the last digit, 10 µs a row.
        return np.array([metric._compute_score_from_stats(row).score for row in sums.tolist()])

    return SegmentStatistics(
        name=name,
        rows=np.array(rows, dtype=np.float64),
        score_sums=score_sums,
        higher_is_better=True,
        signature=f"{printed_name}|{metric.get_signature()}",
    )
