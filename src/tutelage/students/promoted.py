"""Which student a run has promoted, by its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tutelage.core.errors import UsageError, UserError
from tutelage.storage.run_folder import read_run_facts


def is_run_folder(folder: Path) -> bool:
    """Whether a run was made here."""
    return (folder / "run.json").is_file()


def require_run_folder(folder: Path) -> Path:
    """The folder itself; UsageError if no run was made in it."""
    if is_run_folder(folder):
        return folder
    what = "this is not a run folder (it has no run.json)." if folder.exists() else "there is no such run folder."
    raise UsageError(what, where=str(folder), fix="See which there are with: tutelage list")


def read_run_state(run: Path) -> dict[str, Any]:
    """What a run says of itself; UserError if there is no run, or it cannot be read."""
    try:
        state = read_run_facts(require_run_folder(run))
    except ValueError as error:
        fix = f"Make it again with: tutelage run {run / 'recipe.toml'}"
        raise UserError(f"run.json is damaged ({error}).", where=str(run), fix=fix) from error
    return state


def promoted_student(run: Path) -> Path:
    """The folder of the student that a run promoted last; UserError if there is none."""
    state = read_run_state(run)
    student = state.get("student")
    if not student and state.get("state") != "done":
        fix = f"Go on with: tutelage run {run / 'recipe.toml'}"
        raise UserError("this run is not finished.", where=str(run), fix=fix)
    folder = _within(run, str(student)) if student else None
    if folder is None:
        raise UserError(
            "no student of this run passed its gate, so none was promoted.",
            where=str(run),
            fix="Its report says why. Name the folder of a student to take it all the same.",
        )
    return folder


def _within(run: Path, student: str) -> Path | None:
    """The student's folder, given relative to the run or to the current directory, if a step of the run made it."""
    for folder in (run / student, Path(student)):
        if (folder / "config.json").is_file() and folder.resolve().is_relative_to(run.resolve()):
            made_by = folder.resolve().relative_to(run.resolve()).parts[0]
            return None if made_by.startswith("00-") else folder  # 00 is the untrained student that came in
    return None
