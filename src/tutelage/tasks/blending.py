"""A trained student brought part of the way back to the one that its training began with, without a training."""

from __future__ import annotations

from pathlib import Path

from tutelage.core.errors import UsageError, UserError
from tutelage.core.protocols import Progress, Silence
from tutelage.core.toml import parse_toml
from tutelage.storage.atomic import whole_folder
from tutelage.storage.run_folder import RUN_FILE
from tutelage.students.blended import blend_folders
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
    after = locate_student(student)
    old = locate_student(before) if before else _first_student(after)
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        fix = "Name a folder that is not there yet."
        raise UsageError("there is something else in the place of the new student.", where=str(folder), fix=fix)
    progress.start("blend old and new weights", total=None)
    with whole_folder(folder) as aside:
        blend_folders(old, after, aside, share=share)
    progress.finish(f"{share:g} of the way from {old} to {after}")


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
