"""Finished stages on object storage, by their content keys: what one machine has made, another takes from there.

    <address>/<key>/stage.json            which files it has, and whose it is; written last, so that it says "whole"
    <address>/<key>/<digest>-<name>       a file
    <address>/<key>/checkpoint/…          the same of a training that is under way, until it is done

There are no locks: a key says all that a stage was made of, and the first `stage.json` under it stays.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from tutelage import __version__
from tutelage.core.counts import counted
from tutelage.core.protocols import Progress
from tutelage.storage.atomic import whole_file, whole_folder
from tutelage.storage.checkpoint_archive import CheckpointSender, checkpoint_place, fetch_checkpoints
from tutelage.storage.objects import Objects, StorageError
from tutelage.storage.stages import is_done_folder
from tutelage.storage.stored_files import (
    RECORD,
    DamagedError,
    StoredFile,
    StoredStage,
    fetch_file,
    file_alone,
    files_in,
    find_record,
    record_of,
    send_files,
)
from tutelage.storage.tables import is_readable_table

RIGHTS = "read, write and list it"
PLACE = "tutelage.json"
"""Marks an address at which stages are kept."""
_REJECTED = ".rejected.parquet"


def open_place(address: str) -> Objects:
    """The address, marked as one of stages; StorageError if it cannot be read, written and listed."""
    objects = Objects.open(address, rights=RIGHTS)
    objects.create(PLACE, json.dumps({"holds": "stages of runs", "tutelage": __version__}).encode())
    objects.read(PLACE)
    objects.read(f"none/{RECORD}")  # a storage that may not be listed refuses what is not there
    return objects


@dataclass(slots=True)
class StageArchive:
    """The stages at an address, for one run; a thread of its own sends what is lent."""

    objects: Objects
    run: str
    progress: Progress
    _waiting: SimpleQueue[tuple[Path, dict[str, Any]] | None] = field(default_factory=SimpleQueue)
    _sender: threading.Thread | None = None
    _checkpoints: list[CheckpointSender] = field(default_factory=list)
    _unsent: list[tuple[Path, dict[str, Any]]] = field(default_factory=list)
    _settled: set[str] = field(default_factory=set)
    """Keys of stages that were taken from there, or are on their way."""
    _damaged: set[str] = field(default_factory=set)
    _is_away: bool = False
    _is_ending: bool = False

    def borrow(self, path: Path, key: str) -> dict[str, Any] | None:
        """Put the stage in place if there is one that the run may take, and tell its facts; a damaged one is not taken.

        What another run asked of teachers is left to the ledger, which answers it for nothing. A storage that does not
        answer is told and asked no more: the run makes its stages itself.
        """
        with self._reading(path.name, key):
            stage = None if self._is_away else find_record(self.objects, key, key=key)
            if stage is not None and (stage.run == self.run or stage.facts.get("asked") == 0):
                self._fetch(stage, path)
                self._settled.add(key)
                return {**stage.facts, "from": self.objects.address}
        return None

    def lend(self, path: Path, facts: dict[str, Any]) -> None:
        """Send a whole stage, beside whatever the run does next."""
        if facts["key"] in self._settled:
            return
        self._settled.add(facts["key"])
        if self._sender is None:
            self._sender = threading.Thread(target=self._send_all, name="send-stages", daemon=True)
            self._sender.start()
        self._waiting.put((path, facts))

    @contextmanager
    def kept_checkpoints(self, scratch: Path, key: str) -> Iterator[None]:
        """Send the checkpoints of a stage as they come into `scratch`, where those of another machine are put first.

        They are removed from the storage once the stage is there.
        """
        if not scratch.exists() and not self._is_away:
            with self._reading("a checkpoint", checkpoint_place(key)):
                fetch_checkpoints(self.objects, key, scratch)
        sender = CheckpointSender(self.objects, self.run, scratch, key, self._tell)
        self._checkpoints.append(sender)
        with sender.at_work():
            yield

    def close(self) -> str:
        """Wait until all is sent, once more what could not be; what then is not there, in words, or nothing."""
        self._is_ending = True
        if self._sender is None and not self._checkpoints:
            return ""
        progress = self.progress.beside()
        progress.start("send stages", total=None)
        for checkpoints in self._checkpoints:
            checkpoints.wait()
        if self._sender is not None:
            self._waiting.put(None)
            self._sender.join()
        self._sender, unsent, self._unsent = None, self._unsent, []
        for path, facts in unsent:
            self._send(path, facts)
        stages = counted(len(self._unsent), "stage is", "stages are")
        missing = f"{stages} not at {self.objects.address}; the same command sends what is missing"
        progress.finish(missing if self._unsent else "")
        return missing if self._unsent else ""

    @contextmanager
    def _reading(self, name: str, place: str) -> Iterator[None]:
        """What is damaged, and a storage that is away, are told; the block ends there."""
        try:
            yield
        except DamagedError as error:
            self._damaged.add(place)
            self._tell(f"{name} is damaged there and made again ({error})")
        except StorageError as error:
            self._is_away = True
            self._tell(f"nothing more is taken from there: {error}")

    def _send_all(self) -> None:
        while (stage := self._waiting.get()) is not None:
            self._send(*stage)

    def _send(self, path: Path, facts: dict[str, Any]) -> None:
        """Once; behind one that failed at the end, nothing more is tried."""
        try:
            if not (self._is_ending and self._unsent):
                self._store(path, facts)
                return
        except Exception as error:  # of a thread, so that nobody else would see it
            if not self._unsent and self._sender is not None:
                self._tell(f"{path.name} could not be sent, and is tried again at the end: {error}")
        self._unsent.append((path, facts))

    def _store(self, path: Path, facts: dict[str, Any]) -> None:
        key = facts["key"]
        anew = key in self._damaged
        is_missing = anew or self.objects.facts(f"{key}/{RECORD}") is None
        if is_missing and (files := _files_of(path)):  # a folder of an older version has no list of its files
            send_files(self.objects, key, files, anew=anew)
            put = self.objects.replace if anew else self.objects.create
            put(f"{key}/{RECORD}", record_of(StoredStage(key, path.name, self.run, facts, path.is_dir(), tuple(files))))
        for sender in tuple(self._checkpoints):
            if sender.key == key:
                sender.remove()

    def _fetch(self, stage: StoredStage, path: Path) -> None:
        """The stage into its place, which it is in when all of it was looked at."""
        progress = self.progress.beside()
        progress.start(f"fetch {path.name}", total=None)
        try:
            if stage.is_folder:
                self._fetch_folder(stage, path)
                return
            for file in sorted(stage.files, key=lambda file: not _is_rejected(file)):  # before the table shows
                self._fetch_alone(stage.key, file, path.with_suffix(_REJECTED) if _is_rejected(file) else path)
            path.with_suffix(".partial.jsonl").unlink(missing_ok=True)
        finally:
            progress.finish()

    def _fetch_folder(self, stage: StoredStage, path: Path) -> None:
        with whole_folder(path) as aside:
            for file in stage.files:
                fetch_file(self.objects, stage.key, file, aside / file.name)
            if not is_done_folder(aside, key=stage.key):
                raise DamagedError("it is no folder of this key")

    def _fetch_alone(self, key: str, file: StoredFile, path: Path) -> None:
        with whole_file(path) as aside:
            fetch_file(self.objects, key, file, aside)
            if path.suffix == ".parquet" and not is_readable_table(aside, key=key):
                raise DamagedError("it is no table of this key")

    def _tell(self, note: str) -> None:
        progress = self.progress.beside()
        progress.start(f"stages at {self.objects.address}", total=None)
        progress.finish(note)


def _files_of(path: Path) -> dict[StoredFile, Path]:
    """The files of a whole stage: those of its folder's list, or the table and what was rejected beside it."""
    if path.is_dir():
        return files_in(path)
    rejected = path.with_suffix(_REJECTED)
    with_rejected = path.suffix == ".parquet" and rejected.is_file()
    return {**file_alone(path), **(file_alone(rejected) if with_rejected else {})}


def _is_rejected(file: StoredFile) -> bool:
    return file.name.endswith(_REJECTED)
