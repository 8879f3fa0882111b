"""Stages that can be killed: done ones are skipped by content key, half-done ones go on after their last row.

What is done is looked through before it is believed: a damaged table or folder is made again.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

from tutelage.core.protocols import Progress, Silence
from tutelage.core.records import Rejection
from tutelage.core.runner import LOCAL, Runner
from tutelage.core.stage import FolderStage, Stage, ValuesStage, Work
from tutelage.storage.atomic import whole_folder, write_whole
from tutelage.storage.growing import Growth
from tutelage.storage.manifest import has_manifest, is_intact
from tutelage.storage.memory import give_back_memory
from tutelage.storage.partial_table import PartialTable
from tutelage.storage.plain import from_json, to_plain
from tutelage.storage.tables import count_rows, is_whole_table, open_table, read_table, table_key, write_table

I = TypeVar("I")  # noqa: E741 - inputs
R = TypeVar("R")

Borrow = Callable[[Path, str], dict[str, Any] | None]
"""Puts a stage made elsewhere under the same key in place; its facts, or `None` if there is no such stage."""

MARK = "stage.key"
"""The file that names the key of a stage's folder."""


@dataclass(frozen=True, slots=True)
class StageTable(Generic[R]):
    """The finished table of a stage; iterating streams its records."""

    path: Path
    record_type: type[R]
    key: str
    rows: int

    def __iter__(self) -> Iterator[R]:
        return read_table(self.path, self.record_type)

    def rejections(self) -> Iterator[Rejection]:
        """What the stage did not use."""
        path = _rejected_path(self.path)
        return read_table(path, Rejection) if path.is_file() else iter(())


@dataclass(frozen=True, slots=True)
class GrowingTable(StageTable[R]):
    """The table of a stage that is being made; iterating gives its rows as they come, and ends when it is whole."""

    growth: Growth[R]

    def __iter__(self) -> Iterator[R]:
        rows = self.growth.read()
        yield from read_table(self.path, self.record_type) if rows is None else rows


@dataclass(frozen=True, slots=True)
class MadeFolder:
    """The finished folder of a stage."""

    path: Path
    key: str


def open_stage(path: Path, record_type: type[R]) -> StageTable[R]:
    """The finished table of a stage in a file; UserError if there is none, or a damaged one."""
    return StageTable(path, record_type, table_key(path) or "", count_rows(path))


def borrow_nothing(_path: Path, _key: str) -> dict[str, Any] | None:
    """Every stage is made here."""
    return None


def borrow_first(*borrows: Borrow) -> Borrow:
    """Borrows from the first that has the stage."""

    def borrow(path: Path, key: str) -> dict[str, Any] | None:
        found = (borrow(path, key) for borrow in borrows)
        return next((facts for facts in found if facts is not None), None)

    return borrow


def tell_nobody(_path: Path, _key: str) -> None:
    """Nobody asks which stages are whole."""


def keep_nothing(_scratch: Path, _key: str) -> AbstractContextManager[None]:
    """A scratch folder is of this machine alone."""
    return nullcontext()


@dataclass(frozen=True, slots=True)
class StageFolder:
    """A step's folder. `note` is told of every stage that is made: its name, key, rows and seconds.

    What is not there yet is borrowed first, and made where nobody has it. `whole` is told the path and key of every
    stage that is there, then or now; `kept_scratch` sees to what a stage that makes a folder has in its scratch folder.
    """

    path: Path
    note: Callable[[str, dict[str, Any]], None]
    borrow: Borrow = borrow_nothing
    whole: Callable[[Path, str], None] = tell_nobody
    kept_scratch: Callable[[Path, str], AbstractContextManager[None]] = keep_nothing
    progress: Progress = field(default_factory=Silence)
    runner: Runner = LOCAL
    """Where a stage's rows are worked on."""

    @overload
    def make(self, stage: Stage[I, R], inputs: I) -> StageTable[R]: ...
    @overload
    def make(self, stage: FolderStage[I], inputs: I) -> MadeFolder: ...
    @overload
    def make(self, stage: ValuesStage[I, R], inputs: I) -> list[R]: ...

    def make(self, stage: Any, inputs: Any) -> Any:
        """What the stage makes of its inputs, unless it is there already under the key that follows from them."""
        key = stage.key(inputs)
        name = getattr(stage, "file", "") or stage.name
        work = Work(self.progress, scratch=self.path / "checkpoints" / key, name=name, runner=self.runner)
        match stage:
            case FolderStage():
                made = self._folder(name, key=key, make=partial(self._fill, stage, inputs, work, key))
                shutil.rmtree(work.scratch.parent, ignore_errors=True)
                return MadeFolder(made, key)
            case ValuesStage():
                return self._values(name, stage.record_type, key=key, make=partial(stage.make, inputs, work))
            case Stage(resumes=True):
                produce_rest = partial(_produce_rest, stage, inputs, work)
                return self._resumed_table(name, stage.record_type, key=key, produce=produce_rest)
        return self._table(name, stage.record_type, key=key, produce=partial(stage.produce, inputs, work))

    @contextmanager
    def begun(self, stage: Stage[I, R], inputs: I, *, rows: int) -> Iterator[StageTable[R]]:
        """The table of a stage that resumes, which a thread makes while the block reads it; it will have `rows` rows.

        The block begins with the first new row, so that nobody is asked about what then fails, and ends when the table
        is whole. If the block fails, the stage stops behind the row that it is at, and goes on there another time.
        """
        key, name = stage.key(inputs), stage.file or stage.name
        path = self.path / f"{name}.parquet"
        if self._is_done(path, stage.record_type, key=key) or self._borrowed(name, path, key):
            self.whole(path, key)
            yield StageTable(path, stage.record_type, key, count_rows(path))
            return
        growth = Growth(PartialTable(self.path / f"{name}.partial.jsonl", stage.record_type, key))
        work = Work(self.progress.beside(), name=name, runner=self.runner)
        produce = partial(_produce_rest, stage, inputs, work)
        keep = partial(self._keep, name, stage.record_type, key=key, began=time.monotonic(), asked=0)
        thread = threading.Thread(target=growth.make, args=(produce, keep), name=f"make-{name}", daemon=True)
        thread.start()
        try:
            growth.wait_for_first()
            yield GrowingTable(path, stage.record_type, key, rows, growth)
            growth.wait()
        finally:
            growth.stop()
            thread.join()
        self.whole(path, key)

    def inner(self, name: str) -> StageFolder:
        """A folder inside this one, for a round of its own."""
        return replace(self, path=self.path / name, note=lambda stage, facts: self.note(f"{name}/{stage}", facts))

    def _table(
        self, name: str, record_type: type[R], *, key: str, produce: Callable[[], Iterable[R | Rejection]]
    ) -> StageTable[R]:
        """The stage's table, made by `produce` unless it is there under the same key; rejections go beside it.

        An interrupted stage begins again; what it asked teachers is in the ledger.
        """
        path = self.path / f"{name}.parquet"
        if not self._is_done(path, record_type, key=key) and not self._borrowed(name, path, key):
            began = time.monotonic()
            # what was rejected shows before the table does, so that a table is never there without it
            with (
                open_table(path, record_type, key=key) as kept,
                open_table(_rejected_path(path), Rejection, key=key) as rejected,
            ):
                for row in produce():
                    if isinstance(row, Rejection):
                        rejected.add(row)
                    else:
                        kept.add(row)
            self._note(name, key, began, rows=kept.rows, rejected=rejected.rows)
        self.whole(path, key)
        return StageTable(path, record_type, key, count_rows(path))

    def _resumed_table(
        self, name: str, record_type: type[R], *, key: str, produce: Callable[[frozenset[str]], Iterable[R]]
    ) -> StageTable[R]:
        """As `_table`, for work that no ledger keeps: an interrupted stage goes on after its last row.

        `produce` is given the ids of the rows that are there already, and makes the others.
        """
        path = self.path / f"{name}.parquet"
        if not self._is_done(path, record_type, key=key) and not self._borrowed(name, path, key):
            began = time.monotonic()
            partial = PartialTable(self.path / f"{name}.partial.jsonl", record_type, key)
            partial.extend(produce(partial.ids()))
            self._keep(name, record_type, partial.rows(), key=key, began=began)
            partial.path.unlink()
        self.whole(path, key)
        return StageTable(path, record_type, key, count_rows(path))

    def _keep(
        self, name: str, record_type: type[R], rows: Iterable[R], *, key: str, began: float, **facts: int
    ) -> None:
        """Write the table whole, and note it."""
        count = write_table(self.path / f"{name}.parquet", rows, record_type, key=key)
        self._note(name, key, began, rows=count, **facts)

    def _folder(self, name: str, *, key: str, make: Callable[[Path], None]) -> Path:
        """The stage's folder, filled by `make` unless it is there already under the same key."""
        path = self.path / name
        if not is_done_folder(path, key=key) and not self._borrowed(name, path, key):
            began = time.monotonic()
            with whole_folder(path) as aside:
                make(aside)
                (aside / MARK).write_text(key)
            self._note(name, key, began)
        self.whole(path, key)
        return path

    def _fill(self, stage: FolderStage[I], inputs: I, work: Work, key: str, folder: Path) -> None:
        with self.kept_scratch(work.scratch, key):
            stage.make(inputs, work, folder)

    def _values(self, name: str, record_type: type[R], *, key: str, make: Callable[[], list[R]]) -> list[R]:
        """The stage's few records, kept as readable JSON, made unless they are there under the same key."""
        path = self.path / f"{name}.json"
        records = read_values(path, name, record_type, key=key)
        if records is None and self._borrowed(name, path, key):
            records = read_values(path, name, record_type, key=key)
        if records is None:
            began = time.monotonic()
            records = make()
            rows = [to_plain(record_type)(record) for record in records]
            write_whole(path, json.dumps({"key": key, name: rows}, ensure_ascii=False, indent=1) + "\n")
            self._note(name, key, began, rows=len(rows))
        self.whole(path, key)
        return records

    def _is_done(self, path: Path, record_type: type, *, key: str) -> bool:
        """Whether the table is there, and what was rejected beside it if something was."""
        rejected = _rejected_path(path)
        sound = not rejected.exists() or is_whole_table(rejected, Rejection, key=key)
        return sound and is_whole_table(path, record_type, key=key)

    def _borrowed(self, name: str, path: Path, key: str) -> bool:
        facts = self.borrow(path, key)
        if facts is not None:
            self.note(name, facts)
        return facts is not None

    def _note(self, name: str, key: str, began: float, **facts: int) -> None:
        """Tell of a stage that was made since `began`; the clock of the day says which were made at the same time.

        What it has let go is given back.
        """
        seconds = time.monotonic() - began
        self.note(name, {"key": key, **facts, "began": round(time.time() - seconds, 2), "seconds": round(seconds, 2)})
        give_back_memory()


def _produce_rest(stage: Stage[Any, R], inputs: Any, work: Work, done: frozenset[str]) -> Iterable[R]:
    rows: Iterable[Any] = stage.produce(inputs, replace(work, done=done))
    return rows


def is_done_folder(path: Path, *, key: str) -> bool:
    """Whether the folder of a stage is there under the key, with all its files as they were made."""
    try:
        marked = (path / MARK).read_text(encoding="utf-8") == key
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):
        return False
    return marked and (is_intact(path) or not has_manifest(path))


def read_values(path: Path, name: str, record_type: type[R], *, key: str | None = None) -> list[R] | None:
    """The records that a `ValuesStage` keeps; `None` if there is no file, a damaged one, or one of another key."""
    convert = from_json(record_type)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return [convert(row) for row in kept[name]] if key is None or kept["key"] == key else None
    except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _rejected_path(path: Path) -> Path:
    return path.with_suffix(".rejected.parquet")
