"""Fluency: how likely the words of a paraphrase are in their order, beside those of its source."""

from __future__ import annotations

import math


def fluency(candidate: float, *, source: float) -> float:
    """100 · min(1, likelihood of a token of the candidate / that of the source), 0 to 100; higher is better.

    Both are mean log-likelihoods of a token (nats) under one language model, so that length does not count. A sentence
    that reads better than its source earns no more than 100: the source says what can be asked of one that means the
    same. Swapping adjacent words leaves one or two in a hundred.
    """
    return 100.0 * math.exp(min(0.0, candidate - source))


def fluency_signature(model: str) -> str:
    """What told it; empty without a language model."""
    return f"token-likelihood-ratio:capped|{model}" if model else ""
