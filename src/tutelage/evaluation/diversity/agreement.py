"""The order of several outputs for one source, by measures that no score of paraphrase reports.

Whoever picks the best of n by the score that is reported afterwards optimises the measure, not the paraphrase. So
meaning and fluency are told by the other outputs, as in minimum-Bayes-risk decoding (Kumar and Byrne 2004), with chrF:
what most outputs say is likelier right than what one says. The distance is chrF too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sacrebleu.metrics.chrf import CHRF


def rank_outputs(texts: Sequence[str], *, source: str) -> list[str]:
    """The texts, best first: by the harmonic mean of agreement with the others and of distance from the source.

    Agreement is the mean chrF with each other text as reference, distance 100 − chrF with the source as reference.
    Equal ones keep their order. Two texts agree with one another about alike, so that the distance decides.
    """
    scored = [
        (-_harmonic(_agreement(place, texts), _distance(text, source)), place) for place, text in enumerate(texts)
    ]
    return [texts[place] for _, place in sorted(scored)]


def _agreement(place: int, texts: Sequence[str]) -> float:
    others = [text for other, text in enumerate(texts) if other != place]
    return sum(_chrf(texts[place], other) for other in others) / len(others) if others else 100.0


def _distance(text: str, source: str) -> float:
    return max(0.0, 100.0 - _chrf(text, source))


def _harmonic(first: float, second: float) -> float:
    return 2 * first * second / (first + second) if first and second else 0.0


def _chrf(text: str, reference: str) -> float:
    return float(_metric().sentence_score(text, [reference]).score)


@lru_cache(maxsize=1)
def _metric() -> CHRF:
    from sacrebleu.metrics.chrf import CHRF

    return CHRF()
