"""The folder of one run: its resolved recipe, its state, and a folder for every step."""

from __future__ import annotations

import json
import platform
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import IO, Any

from tutelage import __version__
from tutelage.core.counts import counted
from tutelage.core.errors import UserError
from tutelage.core.machine import processor_seconds, usable_cores
from tutelage.storage.archive import StageArchive
from tutelage.storage.atomic import write_whole
from tutelage.storage.links import link_stage
from tutelage.storage.locking import lock_folder
from tutelage.storage.stages import Borrow, StageFolder, borrow_first, borrow_nothing, keep_nothing

RUN_FILE = "run.json"
"""The state of a run, in its folder."""


@dataclass(slots=True)
class RunFolder:
    """`recipe.toml`, `run.json`, `01-<method>/`, `report.html`; one process at a time works in it."""

    path: Path
    state: dict[str, Any]
    _lock: IO[str]
    _borrow: Borrow = borrow_nothing
    _archive: StageArchive | None = None
    unsent: str = ""
    """Once it is closed: what its archive does not have, in words, or nothing."""
    _count_asked: Callable[[], dict[str, int]] | None = None
    _asked: dict[str, int] = field(default_factory=dict)
    _computed: float = field(default_factory=processor_seconds)
    _writing: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        recipe_toml: str,
        seed: int,
        borrow: Borrow = borrow_nothing,
        archive: StageArchive | None = None,
    ) -> RunFolder:
        """Make the folder or go on in it; UserError if it cannot be written or another process works in it.

        A stage that the run has made at another place is not made again: one step's last student is the next one's
        first. What the run has not is borrowed, and what `borrow` does not find is looked for in `archive`, which is
        lent every stage.
        """
        lock = lock_folder(path, name="the run folder", work="this run")
        try:
            write_whole(path / "recipe.toml", recipe_toml)
            borrow = borrow if archive is None else borrow_first(borrow, archive.borrow)
            folder = cls(path, _read_state(path), lock, borrow, archive)
            folder.update(tutelage=__version__, seed=seed, machine=describe_machine())
        except BaseException:
            lock.close()
            raise
        return folder

    def step(self, number: int, method: str) -> StageFolder:
        """The folder of a step; `number` counts from 1."""
        name = step_name(number, method)
        try:
            (self.path / name).mkdir(exist_ok=True)
        except FileExistsError as error:
            raise UserError(
                "this is a file, where the folder of a step belongs.",
                where=str(self.path / name),
                fix="Move it away and give the same command again.",
            ) from error
        return replace(self.whole(), path=self.path / name, note=partial(self._note_in, name))

    def whole(self) -> StageFolder:
        """The run's own folder, for what no step alone can tell."""
        kept_scratch = keep_nothing if self._archive is None else self._archive.kept_checkpoints
        borrow = borrow_first(self._link_own, self._borrow)
        return StageFolder(self.path, self._note, borrow, self._lend, kept_scratch)

    def watch_asked(self, count: Callable[[], dict[str, int]]) -> None:
        """Note with each stage by how much what `count` gives, of all that was asked so far, has grown."""
        self._count_asked, self._asked = count, count()

    def update(self, **facts: Any) -> None:
        """Write facts into run.json."""
        with self._writing:
            self.state.update(facts)
            self.state["updated"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            write_whole(self.path / RUN_FILE, json.dumps(self.state, indent=1, ensure_ascii=False) + "\n")

    def stage_facts(self, step: str) -> dict[str, dict[str, Any]]:
        """What is noted of each finished stage of a step."""
        stages: dict[str, dict[str, Any]] = self.state["stages"]
        return {name.partition("/")[2]: facts for name, facts in stages.items() if name.startswith(f"{step}/")}

    def close(self) -> None:
        """Let others work in the folder, once its archive has what it lacked."""
        try:
            self.unsent = "" if self._archive is None else self._archive.close()
        finally:
            self._lock.close()

    def _link_own(self, path: Path, key: str) -> dict[str, Any] | None:
        """The same stage from another place of this run, which alone is told what it took."""
        with self._writing:
            made = [(place, facts) for place, facts in list_unasked(self.path, self.state["stages"]) if place != path]
        for place, facts in made:
            with suppress(OSError):
                if (place.suffix, facts["key"]) == (path.suffix, key) and link_stage(place, path, key=key):
                    return {name: facts[name] for name in ("key", "rows", "rejected") if name in facts}
        return None

    def _lend(self, path: Path, key: str) -> None:
        """A stage that is whole, with what was noted of it; a damaged run.json does not say."""
        if self._archive is not None:
            with self._writing:
                noted = (facts for facts in self.state["stages"].values() if facts.get("key") == key)
                facts = next(noted, {"key": key})
            self._archive.lend(path, facts)

    def _note_in(self, step: str, stage: str, facts: dict[str, Any]) -> None:
        self._note(f"{step}/{stage}", facts)

    def _note(self, stage: str, facts: dict[str, Any]) -> None:
        """With what was computed and asked since the stage before.

        Of two stages that are made at the same time, the first to be done is told all that was computed until then; one
        that says itself how much it asked has no part in what others did.
        """
        with self._writing:
            before_it, self._computed = self._computed, processor_seconds()
            facts = {"cpu_seconds": round(self._computed - before_it, 2), **facts}
            if self._count_asked and "asked" not in facts:
                before, self._asked = self._asked, self._count_asked()
                facts = {**facts, **{name: now - before[name] for name, now in self._asked.items()}}
            self.state["stages"][stage] = facts
            self.update()


def step_name(number: int, method: str) -> str:
    """Name of a step's folder: `01-patching`."""
    return f"{number:02d}-{method}"


def read_run_facts(path: Path) -> dict[str, Any]:
    """What run.json says, with its stages by name; ValueError for one that is damaged, OSError if it cannot be read."""
    try:
        state = json.loads((path / RUN_FILE).read_text(encoding="utf-8"))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(state, dict):
        raise ValueError("it is no object")
    stages = state.setdefault("stages", {})
    if not isinstance(stages, dict) or not all(isinstance(facts, dict) for facts in stages.values()):
        raise ValueError("its stages are no objects")
    return state


def list_unasked(run: Path, stages: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Where a run's finished tables and folders are that asked no teacher for anything, with what is noted of each.

    What a stage asked is left to the ledger, which answers it again for nothing and counts it wherever it is used.
    """
    for name, facts in stages.items():
        if facts.get("asked") == 0 and isinstance(facts.get("key"), str):
            path = run / name
            yield path if path.is_dir() else path.with_name(f"{path.name}.parquet"), facts


def _read_state(path: Path) -> dict[str, Any]:
    """What an earlier start left; a damaged file is begun anew, since stages are known by their own files."""
    state: dict[str, Any] = {"stages": {}}
    with suppress(FileNotFoundError, IsADirectoryError, ValueError):
        state = read_run_facts(path)
    if not isinstance(state.get("created"), str):
        state["created"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return state


def describe_machine() -> str:
    """Processor, usable cores and Python, without the machine's name."""
    processor = platform.processor() or platform.machine()
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), processor)
    return f"{processor}, {counted(usable_cores(), 'core')}, Python {platform.python_version()}"
