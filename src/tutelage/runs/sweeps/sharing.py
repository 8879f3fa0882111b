"""Finished stages of other runs, linked where a run would make the same again; the content key decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.storage.links import link_stage
from tutelage.storage.run_folder import list_unasked, read_run_facts
from tutelage.storage.stages import Borrow


def stages_of_other_runs(runs: Path, *, apart_from: str) -> Borrow:
    """Puts a finished stage of the other runs in `runs` in place, found by its content key.

    Its file may have another name there: what one run measures of its last student another does of its first.
    A stage is linked only if its run noted that it asked no teacher for anything.
    """
    found = {(stage.path.suffix, stage.facts["key"]): stage for stage in _finished_stages(runs, apart_from=apart_from)}

    def borrow(path: Path, key: str) -> dict[str, Any] | None:
        stage = found.get((path.suffix, key))
        with suppress(OSError):
            if stage is not None and link_stage(stage.path, path, key=key):
                return {**stage.facts, "from": stage.run}
        return None

    return borrow


@dataclass(frozen=True, slots=True)
class _Stage:
    """A stage that another run has finished."""

    run: str
    path: Path
    facts: Mapping[str, Any]


def _finished_stages(runs: Path, *, apart_from: str) -> Iterator[_Stage]:
    for state in sorted(runs.glob("*/run.json")):
        if state.parent.name == apart_from:
            continue
        with suppress(OSError, ValueError):
            for path, facts in list_unasked(state.parent, read_run_facts(state.parent)["stages"]):
                yield _Stage(state.parent.name, path, facts)
