"""The contract of a method: a step takes a student and returns a student, with what it took to make it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from tutelage.core.contrast import Contrast
from tutelage.core.decoding import Decoding
from tutelage.core.protocols import Engine, LanguageIdentifier, Progress
from tutelage.core.recipe import Recipe, StepSettings
from tutelage.core.records import Example, Feedback, Rejection
from tutelage.core.training import TrainingSummary
from tutelage.corpora.texts import Texts
from tutelage.evaluation.report_data import FunnelRow
from tutelage.labelling.teachers import Teachers
from tutelage.storage.stages import StageFolder, StageTable

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

    def signature(self, student: Path, *, contrast: Contrast | None = None) -> str:
        """A student and how it is decoded, for scores and hypotheses: weights, arithmetic, search, contrast.

        `contrast` is one that is not the run's own.
        """
        from tutelage.students.loading import student_signature

        search, against = self.decoding.signature, contrast or self.contrast
        if against is not None:
            search = f"{search},{against.signature}"
        return f"{student_signature(student)}|{self.arithmetic}|{search}"

    @property
    def arithmetic(self) -> str:
        """How weights are computed with: `float32`, or `transformers-float32` if the recipe names the engine."""
        settings = self.recipe.student
        return settings.compute_type if settings.engine == "auto" else f"{settings.engine}-{settings.compute_type}"

    @property
    def contrast(self) -> Contrast | None:
        """What every student of this run is decoded against; none: it is decoded plainly."""
        settings = self.recipe.evaluation.contrastive
        return None if settings is None else settings.contrast

    def engine(self, student: Path) -> Engine:
        """An engine for a student's folder."""
        from tutelage.students.engines.opening import open_engine
        from tutelage.students.loading import load_student

        settings = self.recipe.student
        loaded = load_student(str(student), direction=self.recipe.direction.direction)
        return open_engine(
            loaded,
            name=settings.engine,
            compute_type=settings.compute_type,
            cache=self.conversions,
            contrast=self.contrast,
        )


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
    teacher_calls: int
    teacher_tokens: int
    training_examples: int
    minutes: float


class Step(Protocol):
    """One method in a recipe."""

    settings_type: ClassVar[type[StepSettings]]

    @staticmethod
    def run(settings: StepSettings, context: StepContext) -> StepOutcome:
        """Do the step; stages that are done already are skipped."""
        ...

    @staticmethod
    def estimate(settings: StepSettings, *, pool_segments: int, pool_words: int) -> Estimate:
        """What the step will need for a pool of this size."""
        ...

    @staticmethod
    def problems(settings: StepSettings, recipe: Recipe) -> list[str]:
        """What of the recipe does not fit the step, in plain words."""
        ...
