"""Signs that a student is asked for what it was never trained for, and when a day of them is worth a warning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tutelage.storage.days import DayCounts

LEAST_TEXTS = 50
"""Texts of a day below which nothing is said of it."""
DRIFT_FACTOR, DRIFT_POINTS = 1.5, 0.02
"""Drift is a share above so many times that of the week before and so much more; less is chance and the day's work."""


@dataclass(frozen=True, slots=True)
class Part:
    """So many out of so many."""

    count: int
    of: int

    @property
    def share(self) -> float:
        """From 0 to 1; 0 out of nothing."""
        return self.count / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that is watched."""

    name: str
    words: str
    """For people."""
    part: Callable[[DayCounts], Part]
    limit: float
    """The share from which on a day is worth a warning, whatever the days before were."""

    def warning(self, today: DayCounts, week: DayCounts, *, drift_alone: bool = False) -> str:
        """What is to be said of today beside the seven days before it, empty if nothing is."""
        now, before = self.part(today), self.part(week)
        if today.texts < LEAST_TEXTS:
            return ""
        if now.share >= self.limit and not drift_alone:
            return f"{now.share:.0%} {self.words} today"
        drifted = now.share > DRIFT_FACTOR * before.share + DRIFT_POINTS
        if week.texts >= LEAST_TEXTS and drifted:
            return f"{now.share:.0%} {self.words} today, {before.share:.0%} in the week before"
        return ""


UNSEEN = Sign(
    "unseen_words", "of the words were in no text of the training", lambda day: Part(day.unseen, day.words), 0.08
)
"""The shipped student loses a third of its BLEU where 9 % of the words are unseen; at 3 to 6 % it is at home."""
OTHER = Sign(
    "other_language", "of the texts are not in the source language", lambda day: Part(day.other, day.told), 0.05
)
UNSURE = Sign(
    "low_confidence", "of the translations have a low confidence", lambda day: Part(day.unsure, day.scored), 0.3
)
"""The shipped student has 18 % on general sentences and 26 % on messages of a domain it does not know."""
SIGNS = (UNSEEN, OTHER, UNSURE)
