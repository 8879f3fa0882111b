"""One score for a paraphrase, in which neither a copy nor an unrelated text earns anything."""

from __future__ import annotations

MEANING_FLOOR = 50.0
"""Cosines of all-MiniLM-L6-v2 up to here are those of sentences that share their subject at best."""


def combined_score(*, meaning: float, lexical: float, syntactic: float | None) -> float:
    """Harmonic mean of the meaning kept above a floor and of the distance from the source, 0 to 100; higher is better.

    With m = max(0, meaning − 50) / 50 and d = the mean of lexical and syntactic distance, or the lexical one alone
    where nothing was parsed, both 0 to 1: 100 · 2md / (m + d).

    It follows BERT-iBLEU (Niu et al. 2021), the harmonic mean of BERTScore and of 1 − self-BLEU. Deviations: embeddings
    instead of BERTScore; a floor, since unrelated sentences do not get 0 from either; equal weights instead of 4 to 1,
    by which a copy with one word exchanged would beat many an honest paraphrase; distance of syntax too.
    """
    kept = max(0.0, meaning - MEANING_FLOOR) / (100.0 - MEANING_FLOOR)
    distance = (lexical if syntactic is None else (lexical + syntactic) / 2) / 100.0
    return 200.0 * kept * distance / (kept + distance) if kept and distance else 0.0


def combined_signature(*, parsed: bool) -> str:
    """What the distance was made of, for signatures."""
    return f"harmonic|meaning:above {MEANING_FLOOR:g}|distance:{'lexical+syntactic' if parsed else 'lexical'}"
