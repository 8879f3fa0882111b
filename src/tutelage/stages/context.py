"""What a step works with: the recipe, its folder, texts, teachers, and how students decode in the run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tutelage.core.contrast import Contrast
from tutelage.core.decoding import Decoding
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.keeping import Way
from tutelage.core.metrics import SegmentMetric
from tutelage.core.protocols import Engine, LanguageIdentifier, Progress
from tutelage.core.recipe import Recipe
from tutelage.core.runner import LOCAL, Runner
from tutelage.corpora.filters import TextFilter
from tutelage.corpora.held_back import HeldBack
from tutelage.corpora.texts import Texts
from tutelage.labelling.quality import open_all_metrics
from tutelage.labelling.teachers import Teachers
from tutelage.storage.stages import StageFolder
from tutelage.students.decoder import Decoder


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
    glossary: Glossary | None = None
    """Terms that translations must keep; `None` if the recipe names none."""
    runner: Runner = LOCAL
    """Where students decode."""

    @property
    def decoding(self) -> Decoding:
        """How the student decodes in this run."""
        return self.recipe.evaluation.decoding

    @property
    def contrast(self) -> Contrast | None:
        """What every student of this run is decoded against; `None` decodes plainly."""
        settings = self.recipe.evaluation.contrastive
        return None if settings is None else settings.contrast

    def decoder(self, student: Path, *, contrast: Contrast | None = None, keeps: Way | None = None) -> Decoder:
        """A student as this run decodes it; `contrast` and `keeps` are not the run's own."""
        return Decoder(
            folder=student,
            direction=self.recipe.direction.direction,
            settings=self.recipe.student,
            decoding=self.decoding,
            conversions=self.conversions,
            contrast=contrast or self.contrast,
            glossary=self.glossary,
            keeps=keeps or ("off" if self.recipe.glossary is None else self.recipe.glossary.decoding),
            runner=self.runner,
        )

    def signature(self, student: Path, *, contrast: Contrast | None = None) -> str:
        """A student and how it is decoded, for scores and hypotheses."""
        return self.decoder(student, contrast=contrast).signature

    @property
    def metrics(self) -> tuple[SegmentMetric, ...]:
        """Those that the recipe names besides ours."""
        return open_all_metrics(self.recipe, self.teachers, self.progress)

    def engine(self, student: Path) -> Engine:
        """An engine for a student's folder."""
        return self.decoder(student).open()

    @property
    def held_back(self) -> HeldBack:
        """The texts that must not be trained on."""
        return HeldBack.of(self.texts)

    def text_filter(self, *, languages: tuple[str, ...] = ()) -> TextFilter:
        """The recipe's filters; `languages` are further ones that a text may turn out to be in."""
        least = self.recipe.filters.least
        rating = tuple(one for one in self.metrics if one.name in least) if least else ()
        return TextFilter(self.recipe.filters, self.identifier, languages, rating)
