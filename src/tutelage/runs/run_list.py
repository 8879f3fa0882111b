"""The runs and sweeps in a folder, and what came of each."""

from __future__ import annotations

import fcntl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.core.counts import counted
from tutelage.core.errors import UsageError
from tutelage.runs.sweeps.grid import short_keys
from tutelage.runs.sweeps.state import DONE, FAILED, RUNNING, STATE_FILE, read_sweep_state
from tutelage.storage.run_folder import read_run_facts


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run in a line, or one sweep; the points of a sweep are the runs in its folder."""

    name: str
    folder: Path
    state: str
    """running, stopped (killed or interrupted: it can go on), done, failed, or damaged (run.json cannot be read)."""
    verdict: str | None
    passed: bool | None
    headline: str
    created: str
    updated: str
    """UTC, as in `2026-01-31T12:00:00Z`."""
    student: str | None
    """Folder of the promoted student, relative to the run's."""


def list_runs(runs: Path | str) -> list[RunSummary]:
    """The runs and sweeps in a folder, newest first; UsageError if the folder is not there."""
    runs = Path(runs)
    if not runs.is_dir():
        raise UsageError("there is no such folder of runs.", where=str(runs), fix="Name it with --runs.")
    found = [_summarise(path.parent) for path in runs.glob("*/run.json")]
    found += [_summarise_sweep(path.parent) for path in runs.glob(f"*/{STATE_FILE}")]
    return sorted(found, key=lambda run: (run.updated, run.name), reverse=True)


def _summarise(folder: Path) -> RunSummary:
    facts = _read_facts(folder)
    if facts is None:
        return _damaged(folder)
    return RunSummary(
        name=folder.name,
        folder=folder,
        state=_state(folder, str(facts.get("state", "running"))),
        verdict=facts.get("verdict"),
        passed=facts.get("passed"),
        headline=str(facts.get("headline") or ""),
        created=str(facts.get("created") or ""),
        updated=str(facts.get("updated") or ""),
        student=facts.get("student"),
    )


def _summarise_sweep(folder: Path) -> RunSummary:
    """A sweep has no verdict of its own; its headline tells how many of its points are done."""
    facts = read_sweep_state(folder)
    if facts is None:
        return _damaged(folder)
    states = [str(point.get("state")) for point in facts.get("points", [])]
    varied = ", ".join(short_keys(list(facts.get("grid", {}))).values())
    failed = f", {states.count(FAILED)} failed" if FAILED in states else ""
    return RunSummary(
        name=folder.name,
        folder=folder,
        state=_state(folder, str(facts.get("state", RUNNING))),
        verdict=None,
        passed=None,
        headline=f"sweep of {varied}: {states.count(DONE)} of {counted(len(states), 'point')} done{failed}",
        created=str(facts.get("created") or ""),
        updated=str(facts.get("updated") or ""),
        student=None,
    )


def _damaged(folder: Path) -> RunSummary:
    return RunSummary(folder.name, folder, "damaged", None, None, "", "", "", None)


def _read_facts(folder: Path) -> dict[str, Any] | None:
    try:
        return read_run_facts(folder)
    except (OSError, ValueError):
        return None


def _state(folder: Path, written: str) -> str:
    """A run that says it is running but holds no lock was killed."""
    return "stopped" if written == "running" and not _is_locked(folder) else written


def _is_locked(folder: Path) -> bool:
    try:
        with (folder / ".lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
