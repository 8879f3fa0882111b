"""What a step must show: scores with intervals, paired comparisons, and the gate's decision."""

from __future__ import annotations

import math
from dataclasses import dataclass

LEAST_SEGMENTS = 30
"""Distinct segments below which nothing is decided: with 20, a bootstrap calls two equal students different in up to
10 % of cases instead of 5 % (skewed differences), with 10 in 13 %, and with one segment always."""
LEAST_RESAMPLES = 100
"""Samples of a bootstrap; with fewer, the ends of an interval rest on one or two draws."""


@dataclass(frozen=True, slots=True)
class Score:
    """One figure of one system on one test set."""

    name: str
    """chrf, bleu, off_target, placeholders, …"""
    value: float
    low: float | None
    """Lower end of the 95 % interval (bootstrap over segments), or `None` if there is none."""
    high: float | None
    n: int
    """How many segments it rests on."""
    higher_is_better: bool
    signature: str
    distinct: int | None = None
    """How many of them differ; `None` means all of them."""

    @property
    def tells(self) -> bool:
        """Whether it is a number and rests on enough distinct segments."""
        return math.isfinite(self.value) and _is_enough(self.n, self.distinct)


@dataclass(frozen=True, slots=True)
class SystemScores:
    """All scores of one system (before, after, teacher) on one test set (domain, general)."""

    system: str
    test: str
    signature: str
    scores: tuple[Score, ...]

    def score(self, name: str) -> Score:
        """The score called `name`; KeyError if it was not measured."""
        for score in self.scores:
            if score.name == name:
                return score
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The new student against the one that came in, on the same segments (paired bootstrap)."""

    test: str
    name: str
    before: float
    after: float
    difference: float
    """after − before, in the score's own unit."""
    low: float
    high: float
    p_value: float
    """Two-sided, paired bootstrap (Koehn 2004)."""
    higher_is_better: bool
    n: int
    distinct: int | None = None
    """How many of the segments differ; `None` means all of them."""
    detectable: float | None = None
    """The smallest difference that this test set could have shown; none if nothing differs, so that it is not known."""

    @property
    def tells(self) -> bool:
        """Whether it is made of numbers and rests on enough distinct segments; else nothing follows from it."""
        figures = (self.before, self.after, self.difference, self.low, self.high, self.p_value)
        return all(map(math.isfinite, figures)) and _is_enough(self.n, self.distinct)


@dataclass(frozen=True, slots=True)
class Omission:
    """Something that was to be measured beside the students and could not be; the evidence goes on without it."""

    what: str
    """Such as `the teacher on domain`."""
    reason: str


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """One rule of the gate and what it found."""

    rule: str
    passed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class GateDecision:
    """Whether the new student is promoted.

    `verdict` is better, no better, worse or too little text to tell; only `passed` promotes.
    """

    verdict: str
    passed: bool
    outcomes: tuple[RuleOutcome, ...]


def _is_enough(n: int, distinct: int | None) -> bool:
    return (n if distinct is None else distinct) >= LEAST_SEGMENTS
