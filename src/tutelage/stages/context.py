"""The contract of a method: a step takes a student and returns a student, with what it took to make it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage.core.contrast import Contrast
from tutelage.core.decoding import Decoding
from tutelage.core.protocols import Engine, LanguageIdentifier, Progress
from tutelage.core.recipe import Recipe
from tutelage.core.records import Example, Feedback, Rejection
from tutelage.core.training import TrainingSummary
from tutelage.corpora.filters import TextFilter
from tutelage.corpora.held_back import HeldBack
from tutelage.corpora.texts import Texts
from tutelage.evaluation.report_data import FunnelRow
from tutelage.labelling.teachers import Teachers
from tutelage.stages.checks.asked import Asked
from tutelage.storage.stages import StageFolder, StageTable
from tutelage.students.decoder import Decoder

if TYPE_CHECKING:
    from tutelage.stages.evidence import Evidence


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a step works with."""

    recipe: Recipe
    number: int
    student: Path
    """Folder of the student that comes in."""
    folder: StageFolder
    texts: Texts
    teachers: Teachers
    identifier: LanguageIdentifier
    progress: Progress
    conversions: Path
    """Folder of engines' converted students."""

    @property
    def decoding(self) -> Decoding:
        """How the student decodes in this run."""
        settings = self.recipe.evaluation
        return Decoding(beam_size=settings.beam_size, max_target_tokens=settings.max_target_tokens)

    @property
    def contrast(self) -> Contrast | None:
        """What every student of this run is decoded against; `None` decodes plainly."""
        settings = self.recipe.evaluation.contrastive
        return None if settings is None else settings.contrast

    def decoder(self, student: Path, *, contrast: Contrast | None = None) -> Decoder:
        """A student as this run decodes it; `contrast` is one that is not the run's own."""
        return Decoder(
            folder=student,
            direction=self.recipe.direction.direction,
            settings=self.recipe.student,
            decoding=self.decoding,
            conversions=self.conversions,
            contrast=contrast or self.contrast,
        )

    def signature(self, student: Path, *, contrast: Contrast | None = None) -> str:
        """A student and how it is decoded, for scores and hypotheses."""
        return self.decoder(student, contrast=contrast).signature

    def engine(self, student: Path) -> Engine:
        """An engine for a student's folder."""
        return self.decoder(student).open()

    @property
    def held_back(self) -> HeldBack:
        """The texts that must not be trained on."""
        return HeldBack.of(self.texts)

    def text_filter(self, *, languages: tuple[str, ...] = ()) -> TextFilter:
        """The recipe's filters; `languages` are further ones that a text may turn out to be in."""
        return TextFilter(self.recipe.filters, self.identifier, languages)


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What a step made."""

    student: Path
    examples: StageTable[Example]
    training: TrainingSummary
    funnel: tuple[FunnelRow, ...]
    rejections: tuple[Iterable[Rejection], ...]
    """Tables of what was not used; iterable again and again."""
    feedback: StageTable[Feedback] | None = None
    """The corrections, for methods that make some."""
    evidence: Evidence | None = None
    """For methods whose student does not translate; none: it is measured on the test sets."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a step will need, before anything is loaded or paid."""

    pool_segments: int
    asked: tuple[Asked, ...]
    """What is asked of teachers, if nothing of it is known to the ledger."""
    training_examples: int
    minutes: float

    @property
    def teacher_calls(self) -> int:
        """Questions, without those that are posed again."""
        return sum(one.calls for one in self.asked)
