"""What a recipe can say about RaDis and its baselines."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tutelage.core.recipe import StepSettings
from tutelage.core.settings import Settings, Share
from tutelage.stages.rehearsal.settings import RationaleSettings


class RewritingSettings(Settings):
    """When the student's rewriting of a reference is trained on instead of the reference (SDFT)."""

    min_agreement: Share = 0.3
    """Agreement with the reference (chrF, 0 to 1) under which the reference is kept."""
    temperature: float = Field(default=0.0, ge=0)
    """Of the rewriting; 0 is greedy."""


class InstructionSettings(Settings):
    """General instruction data that is mixed in: rehearsal with data instead of rationales."""

    path: str | tuple[str, ...]
    """JSON Lines files with `messages`, each a `role` and a `content`; the last turn is the assistant's."""
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Share of the training examples that are conversations, drawn by seed."""


class RadisSettings(StepSettings):
    """RaDis: train on parallel text, and behind each translation on what the student itself goes on to write."""

    method: Literal["radis"] = "radis"
    target: Literal["reference", "self", "rewritten"] = "reference"
    """What is trained on: the human translation, the student's own one (self-distillation), or the human one in the
    student's own words (SDFT)."""
    rationales: RationaleSettings = RationaleSettings()
    rewriting: RewritingSettings = RewritingSettings()
    instructions: InstructionSettings | None = None

    @property
    def asked_teachers(self) -> tuple[str | None, ...]:
        """Names of all teachers that the step asks."""
        return self.rationales.asked_teachers
