"""What a recipe can say about patching."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tutelage.core.recipe import StepSettings
from tutelage.core.settings import Count, Settings, Share


class SelectSettings(Settings):
    """Which flagged segments become training examples."""

    strategy: Literal["all", "threshold", "random", "worst", "coverage"] = "all"
    """See the README beside this file."""
    share: Share | None = None
    """At most this share of the pool's segments."""
    target_words: Count | None = None
    """At most so many words on the target side: the fairer budget, since strategies differ in segment length."""
    quality_below: Share | None = None
    """For `threshold`: take what agrees less than this with the teacher."""
    decay: float = Field(default=0.5, gt=0, lt=1)
    """For `coverage`: how much an error word is still worth once it is covered."""
    length_power: float = Field(default=0.5, ge=0, le=1)
    """For `coverage`: gain is divided by words to this power; 0 favours long segments, 1 short ones."""


class ContextSettings(Settings):
    """New sentence pairs around the words that the student got wrong."""

    source: Literal["none", "retrieved", "written"] = "none"
    """`retrieved` finds sentences in `text.sentences`; `written` has a chat teacher write them."""
    per_error: Count = 2
    """Contexts kept for each error word."""
    max_errors: Count = 500
    """The most frequent errors come first."""
    writer: str | None = None
    """The chat teacher that writes; its sentences are translated by the step's teacher."""


class RehearsalSettings(Settings):
    """Ours: segments that the teacher found nothing wrong with, trained as the student wrote them."""

    ratio: float = Field(default=0.0, ge=0)
    """Rehearsed segments for each correction; 0 rehearses nothing."""


class PatchingSettings(StepSettings):
    """Patching: the student translates, the teacher corrects, the student learns the corrections."""

    method: Literal["patching"] = "patching"
    rounds: Count = 1
    """After each round the improved student translates the pool again."""
    threshold: Share | Literal["measured"] = "measured"
    """Agreement with the teacher (chrF, 0 to 1) from which a hypothesis counts as right."""
    mode: Literal["strict", "paper"] = "strict"
    """`paper` keeps every correction that the method's own rules accept; `strict` filters them as training text."""
    select: SelectSettings = SelectSettings()
    contexts: ContextSettings = ContextSettings()
    rehearsal: RehearsalSettings = RehearsalSettings()
