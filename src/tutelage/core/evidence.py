"""What a step must show: scores with intervals, paired comparisons, and the gate's decision."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """One figure of one system on one test set."""

    name: str
    """chrf, bleu, off_target, placeholders, …"""
    value: float
    low: float | None
    """Lower end of the 95 % interval (bootstrap over segments), or none where there is none."""
    high: float | None
    n: int
    """How many segments it rests on."""
    higher_is_better: bool
    signature: str


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


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """One rule of the gate and what it found."""

    rule: str
    passed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class GateDecision:
    """Whether the new student is promoted. `verdict` is better, no better or worse; only `passed` promotes."""

    verdict: str
    passed: bool
    outcomes: tuple[RuleOutcome, ...]
