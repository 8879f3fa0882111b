"""What a comparison of two students says, turned so that more is better; nothing follows from too little text."""

from __future__ import annotations

from tutelage.core.evidence import Comparison
from tutelage.evaluation.significance import SIGNIFICANCE_LEVEL


def gain(comparison: Comparison) -> float:
    """The difference turned so that more is better."""
    return comparison.difference if comparison.higher_is_better else -comparison.difference


def least_gain(comparison: Comparison) -> float:
    """The end of the 95 % interval that is worst for the new student, turned so that more is better."""
    return comparison.low if comparison.higher_is_better else -comparison.high


def is_significantly_better(comparison: Comparison) -> bool:
    """Whether the new student is better with p < 0.05."""
    return comparison.tells and gain(comparison) > 0 and comparison.p_value < SIGNIFICANCE_LEVEL


def is_significantly_worse(comparison: Comparison) -> bool:
    """Whether the new student is worse with p < 0.05."""
    return comparison.tells and gain(comparison) < 0 and comparison.p_value < SIGNIFICANCE_LEVEL
