"""Lexical distance of a paraphrase from its source; higher is more different."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU

Words = Sequence[str]


def lexical_distance(candidate: Words, *, source: Words) -> float:
    """100 − sentence BLEU (Papineni et al. 2002) of the candidate with the source as its reference, 0 to 100.

    It is the penalty for copying of iBLEU (Sun and Zhou 2012) alone, as sacrebleu computes sentence BLEU: smoothed
    exponentially, up to the longest n-grams that there are.
    """
    return 100.0 - sentence_bleu(candidate, references=[source])


def jaccard_distance(candidate: Words, *, source: Words) -> float:
    """Percent of the different words of both texts that only one of them has; word order does not count."""
    ours, theirs = set(candidate), set(source)
    either = ours | theirs
    return 100.0 * len(ours ^ theirs) / len(either) if either else 0.0


def sentence_bleu(words: Words, *, references: Sequence[Words]) -> float:
    """Sentence BLEU, as sacrebleu has it, of texts that are split already, 0 to 100."""
    score = _metric().sentence_score(" ".join(words), [" ".join(reference) for reference in references]).score
    # Rounding leaves a copy at 100.00000000000004.
    return min(100.0, float(score))


@lru_cache(maxsize=1)
def _metric() -> BLEU:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(tokenize="none", effective_order=True)
