"""The folder of a sweep: `sweep.json` with the grid and the state of each point, and a run folder for each point."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tutelage import __version__
from tutelage.core.recipe import TextsSettings
from tutelage.core.recipe_writing import render_recipe
from tutelage.core.signatures import content_key
from tutelage.corpora.texts import Texts
from tutelage.runs.sweeps.plan import Point, Sweep
from tutelage.runs.sweeps.state import DONE, RUNNING, STATE_FILE, WAITING, read_sweep_state
from tutelage.storage.atomic import write_whole
from tutelage.storage.digests import file_digest
from tutelage.storage.locking import lock_folder
from tutelage.storage.run_folder import read_run_facts


@dataclass(slots=True)
class SweepFolder:
    """One process at a time works in it."""

    path: Path
    state: dict[str, Any]
    _lock: IO[str]

    @classmethod
    def open(cls, path: Path, sweep: Sweep, *, command: str) -> SweepFolder:
        """Make the folder or go on in it; UserError if it cannot be written or another process works in it."""
        lock = lock_folder(path, name="the sweep's folder", work="this sweep")
        before = read_sweep_state(path) or {}
        begun = before.get("begun", {})
        state = {
            "tutelage": __version__,
            "recipe": sweep.where,
            "command": command,
            "created": before.get("created") or _now(),
            "state": RUNNING,
            "grid": {one.key: list(one.values) for one in sweep.varied},
            "points": [_point_state(point, path / point.name, begun=begun.get(point.name)) for point in sweep.points],
            "begun": begun,
        }
        folder = cls(path, state, lock)
        folder.save()
        return folder

    def is_done(self, point: Point) -> bool:
        """Whether the point's run has ended with a verdict, from this very recipe, texts and version."""
        return bool(self._point(point)["state"] == DONE)

    def mark(self, point: Point, state: str, *, message: str = "", exit_code: int = 0) -> None:
        """Note how far a point is; `message` and `exit_code` say why it failed."""
        facts = self._point(point)
        facts.update(state=state, message=message, exit_code=exit_code)
        if state == RUNNING:
            self.state["begun"][point.name] = _point_key(point)
        self.save()

    def save(self, **facts: Any) -> None:
        """Write sweep.json."""
        self.state.update(facts, updated=_now())
        write_whole(self.path / STATE_FILE, json.dumps(self.state, indent=1, ensure_ascii=False) + "\n")

    def close(self) -> None:
        """Let others work in the folder."""
        self._lock.close()

    def _point(self, point: Point) -> dict[str, Any]:
        found: dict[str, Any] = next(facts for facts in self.state["points"] if facts["name"] == point.name)
        return found


def _point_state(point: Point, run_folder: Path, *, begun: str | None) -> dict[str, Any]:
    """Done or waiting: one that failed or was stopped is tried again. `begun` is the key of its last beginning."""
    done = begun == _point_key(point) and _run_is_done(run_folder, point)
    facts = {"name": point.name, "set": dict(point.assignment), "state": DONE if done else WAITING}
    return {**facts, "message": "", "exit_code": 0}


def _point_key(point: Point) -> str:
    """Content key of what a point rests on: recipe, texts, the student's files, version."""
    texts = Texts(point.recipe.text, point.recipe.direction.direction)
    keys = [texts.key(use) for use in TextsSettings.model_fields]
    student = Path(point.recipe.student.model or "")
    files = sorted(student.glob("*")) if point.recipe.student.model and student.is_dir() else []
    facts = [(file.name, file_digest(file)) for file in files if file.is_file()]
    return content_key("point", 1, __version__, render_recipe(point.recipe), keys, facts)


def _run_is_done(folder: Path, point: Point) -> bool:
    with suppress(OSError, ValueError):
        same = (folder / "recipe.toml").read_text(encoding="utf-8") == render_recipe(point.recipe)
        return bool(same and read_run_facts(folder).get("state") == "done")
    return False


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
