"""What a recipe can say about the part of the pool that teachers are asked about."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from tutelage.core.settings import Count, Settings


class AskSettings(Settings):
    """Which segments of the pool any teacher is asked about; chosen before, from what costs nothing."""

    strategy: str | tuple[str, ...] = "random"
    """`random`, `confidence`, `agreement`, `dropout`, `coverage`, `novelty`, `rarity`, `length`, `density`,
    `diversity`, or one from outside; of several the mean of their ranks."""
    embedder: str = "embedded"
    """By which `density` and `diversity` tell what is similar: `embedded`, a name for sentence-transformers, or
    `model2vec:NAME`, which is much faster."""
    pilot: Annotated[float, Field(gt=0, lt=1)] | None = None
    """This part of what may be asked is drawn at random and translated by the teacher first. A model learns from it how
    the strategies tell the student's error, and chooses the rest by that in place of the ranks."""
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    """At most this share of the pool's segments."""
    segments: Count | None = None
    """At most so many segments."""
    tokens: Count | None = None
    """At most so many tokens of their sources, about (4 bytes each): the fairer limit, since strategies differ in how
    long the segments are that they take."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of all its strategies."""
        return (self.strategy,) if isinstance(self.strategy, str) else self.strategy

    @property
    def is_limited(self) -> bool:
        """Whether it says how much may be asked about."""
        return any(limit is not None for limit in (self.share, self.segments, self.tokens))

    def part_of(self, segments: float, tokens: float) -> float:
        """The share of a pool of this size that is taken, about."""
        shares = [1.0 if self.share is None else self.share]
        shares += [] if self.segments is None else [self.segments / max(segments, 1)]
        shares += [] if self.tokens is None else [self.tokens / max(tokens, 1)]
        return min(1.0, *shares)

    def cut(self, tokens: NDArray[np.float64]) -> int:
        """How many of the segments are taken whose tokens are given in the order of their choice."""
        most = len(tokens) if self.share is None else round(self.share * len(tokens))
        most = most if self.segments is None else min(most, self.segments)
        if self.tokens is not None:
            most = min(most, int(np.searchsorted(np.cumsum(tokens), self.tokens, side="right")))
        return most

    def cut_pilot(self, tokens: NDArray[np.float64]) -> int:
        """How many are the pilot, of segments in the order of a random draw; at least one if anything may be asked."""
        most = self.cut(tokens)
        return min(most, max(1, round((self.pilot or 0.0) * most)))
