"""What a recipe can say about language-aware tuning."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tutelage.core.languages import Direction
from tutelage.core.recipe import (
    ContrastiveSettings,
    DirectionSettings,
    ShotsSettings,
    StepSettings,
    TextPlace,
    TextSettings,
)
from tutelage.core.settings import Count, Settings, TrainSettings
from tutelage.core.training import Neutral, Normalisation, Numerics, Unlikelihood
from tutelage.stages.rehearsal.settings import RationaleSettings

PolicyName = Literal["target-changed", "any-other", "reverse", "zero-shot-pair"]


class RegisteredDirection(DirectionSettings):
    """A direction beside the recipe's own: supervised where it has text to train on, else zero-shot."""

    path: TextPlace | None = None
    """Parallel text to train on: a path, a list of paths, or a table with the keys of `[text.parallel]`; without it, a
    zero-shot direction. A file with a column or key for each language serves many directions."""
    test: TextPlace | None = None
    """Parallel text to measure on, given alike."""
    limit: Count | None = None
    """At most so many pairs of `path`, taken evenly by hash."""

    @property
    def name(self) -> str:
        """What its test set is called in scores and rules: `en-de`."""
        return f"{self.source}-{self.target}"

    @property
    def limited(self) -> TextSettings | None:
        """The text to train on, with the direction's limit."""
        if self.path is None or self.limit is None:
            return self.path
        return self.path.model_copy(update={"limit": self.limit})


class StageTwoTrainSettings(TrainSettings):
    """Stage 2 is short: 100 updates, as in the paper, but at the default rate of stage 1 and not at a tenth of it."""

    epochs: float = Field(default=1.0, gt=0)
    """Passes over the examples; parts of one are possible."""
    max_updates: Count | None = 100
    """Ends training early, or, with more updates than the epochs give, repeats the examples."""
    normalisation: Normalisation = "sequence"
    """What both losses of an update are means over, each on its own: `sequence` is the paper's."""
    label_smoothing: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """Share of the target spread over the vocabulary (Szegedy et al. 2016); of true samples only."""


class UnlikelihoodSettings(Settings):
    """Stage 2: translations are made unlikely under a wrong direction."""

    alpha: float = Field(default=0.5, ge=0)
    """What unlikelihood counts beside likelihood; 0 is further training on likelihood alone, 0.05 the paper's."""
    numerics: Numerics = "stable"
    """How log(1 − p) is computed: from the logits, or (`paper`) from a probability with 1 − p held above 1e-9, whose
    gradient dies where p is nearly 1."""
    neutral: Neutral = "spared"
    """What becomes of tokens that are right in every language (the end, digits, punctuation, placeholders, words of the
    source): they are not made unlikely, or, `pushed`, they are as all others (the paper's)."""
    first_tokens: Count | None = None
    """Make at most so many tokens of a translation unlikely, from its beginning, where the language is decided; none:
    all."""
    conflicts: PolicyName = "target-changed"
    """Where the wrong direction comes from: another example with another target language, any other example (the
    paper's, which may leave the target language as it is), the reverse of its own, or a zero-shot direction."""
    refreshed: bool = False
    """Draw a wrong direction of its own for each pass over the examples; else one is drawn for all passes."""
    train: StageTwoTrainSettings = StageTwoTrainSettings()

    @property
    def objective(self) -> Unlikelihood:
        """The same for training."""
        return Unlikelihood(self.alpha, self.numerics, self.neutral, self.first_tokens)


class BaselineSettings(Settings):
    """Other ways to the right language that need no stage 2: the student of stage 1, decoded or asked otherwise.

    Each is a system of its own in the scores, and nothing is trained for it.
    """

    contrastive: ContrastiveSettings | None = None
    """Measure contrastive decoding, as the system `contrastive`."""
    shots: ShotsSettings | None = None
    """Measure demonstrations in the prompt, as the system `n-shot`; for chat students."""


class LanguageAwareSettings(StepSettings):
    """Language-aware tuning: stage 1 learns to translate, stage 2 that it is wrong under another language."""

    method: Literal["language_aware"] = "language_aware"
    gate: tuple[str, ...] = ("zero_shot.off_target: better", "supervised.chrf: not worse by more than 1 point")
    """Rules that the new student must keep to be promoted; their test sets are also `supervised` and `zero_shot` (means
    over directions) and each direction with a `test`, such as `en-de`."""
    directions: tuple[RegisteredDirection, ...] = ()
    """Beside the recipe's own, which `text.parallel` makes supervised and `text.test` measures."""
    stage_1: bool = True
    """Learn the directions by `train` first; false begins with stage 2, for a student that is tuned already."""
    stage_2: bool = True
    """Go on with `unlikelihood`; false is the baseline of likelihood alone."""
    unlikelihood: UnlikelihoodSettings = UnlikelihoodSettings()
    baselines: BaselineSettings = BaselineSettings()
    rationales: RationaleSettings | None = None
    """Rehearsal in stage 1: what the student, a chat model, writes on after each target is trained behind it (RaDis).
    Stage 2 keeps the rationales of its true samples."""

    @property
    def own_parallel(self) -> tuple[tuple[Direction, TextSettings], ...]:
        """The texts of the supervised directions."""
        return tuple((one.direction, one.limited) for one in self.directions if one.limited is not None)

    @property
    def own_directions(self) -> tuple[tuple[Direction, TextSettings | None], ...]:
        """Every direction of the registry, with its test."""
        return tuple((one.direction, one.test) for one in self.directions)

    @property
    def asked_teachers(self) -> tuple[str | None, ...]:
        """Names of all teachers that the step asks."""
        return self.rationales.asked_teachers if self.rationales else ()
