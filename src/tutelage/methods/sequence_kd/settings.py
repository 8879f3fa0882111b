"""What a recipe can say about sequence-level distillation."""

from __future__ import annotations

from typing import Literal

from tutelage.core.recipe import StepSettings
from tutelage.core.settings import RehearsalSettings, Share
from tutelage.stages.rehearsal.settings import RationaleSettings
from tutelage.stages.selection.settings import AskSettings


class SequenceKDSettings(StepSettings):
    """Sequence-level distillation: train on the teacher's translations of the pool, and on parallel text besides."""

    method: Literal["sequence_kd"] = "sequence_kd"
    share: Share = 1.0
    """Share of the pool that is translated, drawn at random, as `ask` does; 0 trains on parallel text alone."""
    ask: AskSettings | None = None
    """Which segments of the pool the teacher is asked about; without it, all."""
    rehearsal: RehearsalSettings = RehearsalSettings()
    rationales: RationaleSettings | None = None
    """Rehearsal: what the student, a chat model, writes on after each translation is trained behind it (RaDis)."""

    @property
    def asks(self) -> AskSettings | None:
        """How the segments are chosen; `None` takes the whole pool."""
        return AskSettings(share=self.share) if self.ask is None and 0 < self.share < 1 else self.ask

    @property
    def asked_teachers(self) -> tuple[str | None, ...]:
        """Names of all teachers that the step asks."""
        asked = self.rationales.asked_teachers if self.rationales else ()
        return tuple(dict.fromkeys((self.teacher, *asked)))
