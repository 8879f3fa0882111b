"""Finished stages of other runs, linked where a run would make the same again; the content key decides."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.storage.atomic import whole_file, whole_folder
from tutelage.storage.manifest import MANIFEST
from tutelage.storage.run_folder import read_run_facts
from tutelage.storage.stages import Borrow, is_done_folder
from tutelage.storage.tables import is_readable_table


def stages_of_other_runs(runs: Path, *, apart_from: str) -> Borrow:
    """Puts a finished stage of the other runs in `runs` in place, found by its file's name and its content key.

    What a stage asked of teachers is left to the ledger, which answers it for nothing and counts it for each run; so a
    stage is linked only if its run noted that it asked nothing. Linked files are never changed in place: a stage that
    is made again replaces its file.
    """
    found = {(stage.path.name, stage.key): stage for stage in _finished_stages(runs, apart_from=apart_from)}

    def borrow(path: Path, key: str) -> dict[str, Any] | None:
        stage = found.get((path.name, key))
        with suppress(OSError):
            if stage is not None and _put_in_place(stage.path, path, key):
                return {**stage.facts, "from": stage.run}
        return None

    return borrow


@dataclass(frozen=True, slots=True)
class _Stage:
    """A stage that another run has finished."""

    run: str
    path: Path
    key: str
    facts: dict[str, Any]


def _finished_stages(runs: Path, *, apart_from: str) -> Iterator[_Stage]:
    for state in sorted(runs.glob("*/run.json")):
        if state.parent.name == apart_from:
            continue
        with suppress(OSError, ValueError):
            for name, facts in read_run_facts(state.parent)["stages"].items():
                if facts.get("asked") == 0:
                    path = state.parent / name
                    path = path if path.is_dir() else path.with_name(f"{path.name}.parquet")
                    yield _Stage(state.parent.name, path, str(facts.get("key")), facts)


def _put_in_place(source: Path, path: Path, key: str) -> bool:
    """Whether the stage is there now; it is not where the other run has changed it since."""
    if source.is_dir():
        return _put_folder(source, path, key)
    if not is_readable_table(source, key=key):
        return False
    rejected = source.with_suffix(".rejected.parquet")
    if rejected.is_file():
        _put_file(rejected, path.with_suffix(".rejected.parquet"))
    _put_file(source, path)
    path.with_suffix(".partial.jsonl").unlink(missing_ok=True)
    return True


def _put_folder(source: Path, path: Path, key: str) -> bool:
    if not is_done_folder(source, key=key):
        return False
    with whole_folder(path) as aside:
        for file in (file for file in source.rglob("*") if file.is_file() and file.name != MANIFEST):
            _link(file, aside / file.relative_to(source))
    return True


def _put_file(source: Path, path: Path) -> None:
    with whole_file(path) as aside:
        aside.unlink(missing_ok=True)
        _link(source, aside)


def _link(source: Path, target: Path) -> None:
    """A hard link, or a copy where the file system has none."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
