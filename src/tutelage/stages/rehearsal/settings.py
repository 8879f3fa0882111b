"""What a recipe can say about rationales, in the table `[step.rationales]` of any step that translates."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tutelage.core.recipe import Language
from tutelage.core.settings import Count, Settings, Share


class RationaleFilterSettings(Settings):
    """Which rationales are not trained on; by default all are, as in the paper. Their examples keep the target."""

    min_words: int = Field(default=0, ge=0)
    """Drop shorter ones; characters in languages written without spaces."""
    max_copied: Share | None = None
    """Drop those with a larger share of their word pairs in the source or the translation."""
    max_repeated: Share | None = None
    """Drop those in which a larger share of the runs of four words was there before."""
    languages: tuple[Language, ...] | None = None
    """Drop those identified as another language; too short to tell is kept."""


class RationaleSettings(Settings):
    """Rationales: what a model writes on after the translation, trained behind it so that less is forgotten."""

    source: Literal["self", "teacher", "other"] = "self"
    """Who writes them: the student as it comes in, a chat teacher of the recipe, or another causal student."""
    teacher: str | None = None
    """For `teacher`: its name in [teachers]; without it, the recipe's only one."""
    model: str | None = None
    """For `other`: a folder, a GGUF file, a hub name or `embedded:smollm2`."""
    elicit: Literal["separator", "bare"] = "separator"
    """What stands before the rationale when it is asked for: the translation and a blank line, or it alone (paper)."""
    max_rationale_tokens: Count = 128
    """Longest rationale; one that is cut keeps its whole sentences, and no end is trained after it."""
    temperature: float = Field(default=0.0, ge=0)
    """0 is greedy."""
    fraction: Share = 1.0
    """Share of the examples that get one, drawn by seed; 0 is plain fine-tuning."""
    refresh: int = Field(default=0, ge=0)
    """How often they are sampled anew from the student as it came in; training is divided into one part more."""
    filters: RationaleFilterSettings = RationaleFilterSettings()

    @property
    def asked_teachers(self) -> tuple[str | None, ...]:
        """Names of the teachers that are asked for rationales."""
        return (self.teacher,) if self.source == "teacher" and self.fraction > 0 else ()
