"""What a student makes of a correction: how likely it finds it, with its source and without, and in other orders.

Short messages share too few letters with the student's output to be judged by these alone (`find_doubt`); how likely
the student finds their words still tells a translation that it would not have chosen from one of something else. But a
weak student finds all unlikely that it has not learned yet, so what is near its output is judged by the order of its
words alone. Protected spans are left out, which students that copy masks find unlikely as they are. The limits were
chosen with the shipped student on 214 of JupyterLab's messages and 240 general sentences; what they hold of others,
honest and poisoned, is measured by `python -m benchmarks.people.guard`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from statistics import fmean

from tutelage.core.decoding import Decoding
from tutelage.core.protection.spans import ALL, Protection, find_protected
from tutelage.serving.queue import GuardedStudent

UNLIKELY = -5.0
"""Mean log-probability of a token below which a correction is no translation that the student can follow. Of people's
translations 1 % are less likely, of other messages' translations 93 %."""
LEAST_GAIN = 2.0
"""Nats a token by which a source makes its translation likelier at least. Of people's translations 1 % gain less, of
other messages' translations 77 %."""
ORDERS = 5
"""Other orders of the words that are tried, beside the one from the last word to the first."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Mean log-probabilities of a token, in nats, of a correction."""

    given_source: float
    gain: float
    """How much likelier it is with its source than with an empty one."""
    in_order: float
    """How much likelier it is than its words in other orders on average; 0 for one word. Of people's translations 1 %
    are less likely, of translations from the last word to the first 94 %."""

    @property
    def is_unrelated(self) -> bool:
        """Whether it says that the correction is no translation of its source."""
        return self.given_source < UNLIKELY or self.gain < LEAST_GAIN

    @property
    def is_disordered(self) -> bool:
        """Whether the correction's words might as well stand in any other order."""
        return self.in_order < 0


def measure_likelihood(
    engine: GuardedStudent, source: str, correction: str, *, protection: Protection = ALL
) -> Likelihood | None:
    """How likely the student finds a correction; `None` if there are no words, or the engine does not say."""
    source, correction = (_words(text, protection) for text in (source, correction))
    if not source or not correction:
        return None
    others = other_orders(correction)
    texts = [correction, correction, *others]
    found = engine.mean_log_probabilities([source, "", *[source] * len(others)], texts, decoding=Decoding())
    if found is None:
        return None
    given, alone, *disordered = found
    return Likelihood(given, given - alone, given - fmean(disordered) if disordered else 0.0)


def other_orders(text: str) -> list[str]:
    """The text's words from the last to the first, and in orders drawn by the text itself."""
    words, drawn = text.split(), random.Random(text)
    orders = [words[::-1], *(drawn.sample(words, len(words)) for _ in range(ORDERS))]
    return [joined for joined in dict.fromkeys(map(" ".join, orders)) if joined.split() != words]


def _words(text: str, protection: Protection) -> str:
    """The text without its protected spans."""
    for span in reversed(find_protected(text, protection)):
        text = f"{text[: span.start]} {text[span.end :]}"
    return " ".join(text.split())
