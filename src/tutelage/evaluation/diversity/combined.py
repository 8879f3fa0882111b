"""One score for a paraphrase, in which neither a copy nor an unrelated text nor broken language earns anything."""

from __future__ import annotations

MEANING_FLOOR = 50.0
"""Cosines of all-MiniLM-L6-v2 up to here are those of sentences that share their subject at best."""


def combined_score(*, meaning: float, lexical: float, syntactic: float | None, fluency: float | None) -> float:
    """Harmonic mean of the meaning kept above a floor and of the distance from the source, times fluency, 0 to 100.

    With m = max(0, meaning − 50) / 50, d = the mean of lexical and syntactic distance, or the lexical one alone
    if nothing was parsed, and f = fluency, or 1 if no language model told it, all 0 to 1: 100 · f · 2md / (m + d).
    Higher is better.

    It follows BERT-iBLEU (Niu et al. 2021), the harmonic mean of BERTScore and of 1 − self-BLEU. Deviations: embeddings
    instead of BERTScore; a floor, since unrelated sentences do not get 0 from either; equal weights instead of 4 to 1,
    by which a copy with one word exchanged would beat many an honest paraphrase; distance of syntax too; fluency as a
    factor, since the words of a sentence in any other order are near in meaning and far in wording.
    """
    kept = max(0.0, meaning - MEANING_FLOOR) / (100.0 - MEANING_FLOOR)
    distance = (lexical if syntactic is None else (lexical + syntactic) / 2) / 100.0
    fluent = 1.0 if fluency is None else fluency / 100.0
    return 200.0 * fluent * kept * distance / (kept + distance) if kept and distance else 0.0


def combined_signature(*, parsed: bool, fluency: str) -> str:
    """What the score was made of, for signatures; `fluency` is what told it, empty for nothing."""
    distance = "lexical+syntactic" if parsed else "lexical"
    return f"harmonic|meaning:above {MEANING_FLOOR:g}|distance:{distance}|fluency:{fluency or 'not measured'}"
