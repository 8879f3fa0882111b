"""A trained student brought part of the way back to the one that its training began with, without a training.

How far is a share of the way, or the farthest that drifts by no more than a bound.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tutelage.core.errors import UsageError, UserError
from tutelage.core.languages import Direction
from tutelage.core.protocols import Progress, Silence
from tutelage.core.retention import RetentionSettings
from tutelage.core.toml import parse_toml
from tutelage.evaluation.retention.drift import farthest_share, mean_drift
from tutelage.stages.retention.answers import ABILITY_ANSWERS, AnsweringStudent, AnswersInputs
from tutelage.stages.retention.drift import Moved, suite_for_drift
from tutelage.stages.retention.measurement import suite_of
from tutelage.storage.atomic import whole_folder
from tutelage.storage.run_folder import RUN_FILE
from tutelage.storage.stages import StageFolder
from tutelage.students.blended import blend_folders
from tutelage.students.conversions import conversion_cache
from tutelage.students.decoder import Weights
from tutelage.students.loading import locate_student

_NAME_IT = "Name with --before the model that its training began with."


def blend_student(
    student: str, folder: Path, *, share: float, before: str | None = None, progress: Progress | None = None
) -> None:
    """Write the student `share` (0 to 1) of the way from `before` to `student` into `folder`.

    Without `before`, a student that a run has made goes back to the one that its recipe names. UsageError for a folder
    that holds something, and where nobody says what to go back to; StudentError if these are not two states of one
    model.
    """
    progress = progress or Silence()
    old, after = _both(student, before, folder)
    progress.start("blend old and new weights", total=None)
    with whole_folder(folder) as aside:
        blend_folders(old, after, aside, share=share)
    progress.finish(f"{share:g} of the way from {old} to {after}")


def blend_to_drift(
    student: str,
    folder: Path,
    *,
    drift: float,
    before: str | None = None,
    compute_type: str = "float32",
    progress: Progress | None = None,
) -> float:
    """`blend_student` as far from `before` as drifts by at most `drift` (nats a token, above 0); returns the share.

    The drift is that of `tutelage examine`: on what the student before answers to general questions, greedily in
    `compute_type`. All of the way, if that drifts no more. StudentError for students that only translate.
    """
    progress = progress or Silence()
    old, after = _both(student, before, folder)
    with TemporaryDirectory(prefix="tutelage-blend-") as kept, whole_folder(folder) as aside:
        measured = _Drifts(old, StageFolder(Path(kept), lambda _stage, _facts: None, progress=progress), compute_type)
        tried: dict[float, float] = {}

        def drift_at(share: float) -> float:
            _blend(old, after, aside, share=share, progress=progress)
            tried[share] = measured.of(aside)
            return tried[share]

        share = farthest_share(drift_at, bound=drift)
        if share != next(reversed(tried)):
            _blend(old, after, aside, share=share, progress=progress)
    progress.start("blend old and new weights", total=None)
    told = ", ".join(f"{one:.2f} of the way {found:.3f}" for one, found in tried.items())
    progress.finish(f"{share:.2f} of the way from {old} to {after}; nats a token: {told}")
    return share


def _blend(old: Path, after: Path, folder: Path, *, share: float, progress: Progress) -> None:
    progress.start(f"blend {share:.2f} of the way", total=None)
    blend_folders(old, after, folder, share=share)
    progress.finish()


class _Drifts:
    """How far students drift from the one before, which answers and reads its answers once."""

    def __init__(self, before: Path, folder: StageFolder, compute_type: str) -> None:
        settings = RetentionSettings()
        self._before, self._folder, self._prompts = Weights(before), folder, settings.drift
        self._direction = Direction("en", "en")  # it matters to translating alone
        self._suite = suite_for_drift(suite_of(settings), prompts=settings.drift)
        asked = AnsweringStudent(self._before, self._direction, "auto", compute_type, conversion_cache())
        self._answers = folder.make(ABILITY_ANSWERS.named("abilities-before"), AnswersInputs(self._suite, asked))

    def of(self, after: Path) -> float:
        moved = Moved(self._suite, self._before, Weights(after), self._direction, self._prompts)
        return mean_drift(moved.measure(self._answers, folder=self._folder))


def _both(student: str, before: str | None, folder: Path) -> tuple[Path, Path]:
    """The student before and the trained one, if there is nothing in the new one's place."""
    after = locate_student(student)
    old = locate_student(before) if before else _first_student(after)
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        fix = "Name a folder that is not there yet."
        raise UsageError("there is something else in the place of the new student.", where=str(folder), fix=fix)
    return old, after


def _first_student(after: Path) -> Path:
    """What the run that made a student began with, as its recipe says."""
    run = next((one for one in after.resolve().parents if (one / RUN_FILE).is_file()), None)
    if run is None:
        raise UsageError(
            "no run has made this student, so nobody says what to go back to.", where=str(after), fix=_NAME_IT
        )
    try:
        settings = parse_toml((run / "recipe.toml").read_text(encoding="utf-8"))["student"]
        model, adapter = settings.get("model"), settings.get("adapter")
    except (OSError, KeyError, AttributeError, ValueError, RecursionError) as error:
        raise UserError("the run's recipe.toml does not say its student.", where=str(run), fix=_NAME_IT) from error
    if model is None:
        what = "this run began with a new student, whose weights were random: there is nothing to go back to."
        raise UsageError(what, where=str(run), fix=_NAME_IT)
    return locate_student(model, adapter=adapter)
