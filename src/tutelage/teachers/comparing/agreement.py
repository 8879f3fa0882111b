"""How far a hypothesis agrees with a teacher's translation, and from what agreement on it should be left alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from tutelage.core.unicode_forms import normalised

_FINAL = re.compile(r"[\s.!?…:;,。！？：；，]+$")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A measured threshold: hypotheses that agree at least to `value` are taken as right."""

    value: float
    precision: float
    """Of those at or above it, the share that is truly as good as the teacher's translation."""
    recall: float
    """Of those as good as the teacher's translation, the share at or above it."""
    youden: float
    """True-positive rate minus false-positive rate; 0 says that agreement tells nothing."""
    n: int


def measure_agreement(hypothesis: str, translation: str) -> float:
    """Sentence chrF (Popović 2015) of the two, 0 to 1; 1 if only case, spacing or final punctuation differ."""
    if normalise(hypothesis) == normalise(translation):
        return 1.0
    if not hypothesis.strip():
        return 0.0
    return float(_chrf().sentence_score(hypothesis, [translation]).score) / 100


def normalise(text: str) -> str:
    """The text without what is no error: case, spacing, punctuation at the end."""
    folded = _SPACE.sub(" ", normalised(text, "NFC")).strip().casefold()
    return _FINAL.sub("", folded) or folded


def measure_threshold(
    agreements: Sequence[float], hypothesis_scores: Sequence[float], teacher_scores: Sequence[float]
) -> Threshold:
    """The agreement that best tells hypotheses with nothing to gain from those that the teacher would better.

    Per segment of a development set with human references: agreement of hypothesis and translation, and the score
    (chrF) of each against the reference. A hypothesis is right where it scores at least as high as the translation.
    The threshold has the greatest Youden's J (1950), the higher one on a tie, so that fewer errors pass.
    """
    rows = sorted(
        (
            (agreement, hypothesis >= teacher)
            for agreement, hypothesis, teacher in zip(agreements, hypothesis_scores, teacher_scores, strict=True)
        ),
        reverse=True,
    )
    right = sum(is_right for _, is_right in rows)
    wrong = len(rows) - right
    # with one class only, nothing separates: leave alone only what agrees wholly, or everything that is always right
    always = float(right > 0 and not wrong)
    best = Threshold(1.0 - always, always, always, 0.0, len(rows))
    if not (right and wrong):
        return best
    passed_right = passed_wrong = 0
    for index, (agreement, is_right) in enumerate(rows):
        passed_right += is_right
        passed_wrong += not is_right
        if index + 1 < len(rows) and rows[index + 1][0] == agreement:
            continue
        youden = passed_right / right - passed_wrong / wrong
        if youden > best.youden:
            precision = passed_right / (passed_right + passed_wrong)
            best = Threshold(agreement, precision, passed_right / right, youden, len(rows))
    return best


@cache
def _chrf() -> Any:
    from sacrebleu.metrics.chrf import CHRF

    return CHRF()
