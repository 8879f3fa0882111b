"""How far a tuned student goes back to its old weights, and that it is watched where it will end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tutelage.core.errors import StudentError
from tutelage.core.protocols import Progress
from tutelage.core.records import Example
from tutelage.core.settings import TrainSettings
from tutelage.core.training import TrainingSummary
from tutelage.stages.dev_score import dev_score
from tutelage.students.kinds.kind import AnyStudent
from tutelage.training.blending import MIDDLE, Weights, blend, score_between
from tutelage.training.ending import DevScore

KNOWN = 20.0
"""chrF on the dev text, below which the old weights know nothing that could be kept: a new student's are noise."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """From where a student's training ended to where it began."""

    before: Weights
    share: float | None
    """Of the way from the old weights, if it is given; else `score` chooses it."""
    score: DevScore | None
    kept: DevScore | None = None
    """What must not be lost on the way, if that is measured."""

    def watch(self, score: DevScore) -> DevScore:
        """The score of what would be kept if training ended now; the middle of the way for a share not chosen yet.

        Where a constant rate throws the weights about, their score is mostly chance; that of the middle of the way is
        what the updates agree on.
        """
        return score_between(score, self.before, share=MIDDLE if self.share is None else self.share)

    def go(self, student: AnyStudent, summary: TrainingSummary, *, progress: Progress) -> TrainingSummary:
        """Bring the student part of the way back, in place; the summary says how far it went."""
        progress.start("blend old and new weights", total=None)
        share = blend(student.model, self.before, share=self.share, score=self.score, kept=self.kept)
        progress.finish(f"{share.kept:g} of the way to the new ones")
        return replace(summary, blend=share.kept, wanted_blend=share.wanted if share.wanted > share.kept else None)


def way_back(
    student: AnyStudent, dev: Iterable[Example], settings: TrainSettings, *, kept: Iterable[Example] = ()
) -> WayBack | None:
    """The way back of a student that is not trained yet; None if all that it will learn is to be kept.

    What it translates of `kept` must not get worse by much. StudentError if a share is to be measured and cannot be.
    """
    if isinstance(settings.blend, float):
        return None if settings.blend == 1 else WayBack(Weights.of(student.model), settings.blend, None)
    score = _score(student, dev, settings)
    if score is None or score(student.model) < KNOWN:
        return None
    keeping = dev_score(student, kept, max_target_tokens=settings.max_target_tokens)
    return WayBack(Weights.of(student.model), None, score, keeping)


def _score(student: AnyStudent, dev: Iterable[Example], settings: TrainSettings) -> DevScore | None:
    """What decides how far the student goes, if that is measured."""
    watched = settings.is_open and settings.watch != "loss"
    wanted = settings.blend == "measured" or (settings.blend == "auto" and watched)
    score = None
    if wanted and not student.chats:
        score = dev_score(student, dev, max_target_tokens=settings.max_target_tokens)
    if score is None and settings.blend == "measured":
        raise StudentError(
            'blend = "measured" needs a dev text, and an encoder-decoder that translates it.',
            where="train.blend",
            fix="Name text.dev, or give a number, such as 0.5.",
        )
    return score
