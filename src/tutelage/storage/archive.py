"""Finished stages on object storage, by their content keys: what one machine has made, another takes from there.

    <address>/<key>/stage.json            which files it has, and whose it is; written last, so that it says "whole"
    <address>/<key>/<digest>-<name>       a file, named by its content, so that two writers never mix theirs

There are no locks: a key says all that a stage was made of, and the first `stage.json` under it stays.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from queue import SimpleQueue
from typing import Any

from tutelage import __version__
from tutelage.core.protocols import Progress
from tutelage.storage.atomic import whole_file, whole_folder
from tutelage.storage.manifest import digest_of, listed_files
from tutelage.storage.objects import Objects, StorageError
from tutelage.storage.plain import from_json
from tutelage.storage.stages import is_done_folder
from tutelage.storage.tables import is_readable_table

RIGHTS = "read, write and list it"
RECORD = "stage.json"
PLACE = "tutelage.json"
"""Marks an address at which stages are kept."""
_REJECTED = ".rejected.parquet"
_NAMED_DIGITS = 16


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a stage."""

    name: str
    """Inside the stage's folder, or of the table; a stage that is taken may be called otherwise."""
    size: int
    digest: str
    """SHA-256."""

    @property
    def object(self) -> str:
        """Its name below the stage's key."""
        return f"{self.digest[:_NAMED_DIGITS]}-{PurePosixPath(self.name).name}"


@dataclass(frozen=True, slots=True)
class StoredStage:
    """What `stage.json` says."""

    key: str
    name: str
    """Of its file or folder where it was made, for people."""
    run: str
    """That made it."""
    tutelage: str
    facts: dict[str, Any]
    """As run.json has them."""
    is_folder: bool
    files: tuple[StoredFile, ...]

    def is_for(self, run: str) -> bool:
        """Whether the run may take it: what another run asked of teachers, the ledger answers for nothing."""
        return self.run == run or self.facts.get("asked") == 0


class _DamagedError(Exception):
    """A stage that is there, and not as it was made."""


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
    _unsent: list[tuple[Path, dict[str, Any]]] = field(default_factory=list)
    _settled: set[str] = field(default_factory=set)
    """Keys of stages that were taken from there, or are on their way."""
    _damaged: set[str] = field(default_factory=set)
    _is_away: bool = False
    _is_ending: bool = False

    def borrow(self, path: Path, key: str) -> dict[str, Any] | None:
        """Put the stage in place if there is one that the run may take, and tell its facts; a damaged one is not taken.

        A storage that does not answer is told and asked no more: the run makes its stages itself.
        """
        if self._is_away:
            return None
        try:
            stage = self._find(key)
            if stage is None or not stage.is_for(self.run):
                return None
            self._fetch(stage, path)
        except _DamagedError as error:
            self._damaged.add(key)
            self._tell(f"{path.name} is damaged there and made again ({error})")
            return None
        except StorageError as error:
            self._is_away = True
            self._tell(f"nothing more is taken from there: {error}")
            return None
        self._settled.add(key)
        return {**stage.facts, "from": self.objects.address}

    def lend(self, path: Path, facts: dict[str, Any]) -> None:
        """Send a whole stage, beside whatever the run does next."""
        if facts["key"] in self._settled:
            return
        self._settled.add(facts["key"])
        if self._sender is None:
            self._sender = threading.Thread(target=self._send_all, name="send-stages", daemon=True)
            self._sender.start()
        self._waiting.put((path, facts))

    def close(self) -> str:
        """Wait until all is sent, once more what could not be; what then is not there, in words, or nothing."""
        if self._sender is None:
            return ""
        self._is_ending = True
        progress = self.progress.beside()
        progress.start("send stages", total=None)
        self._waiting.put(None)
        self._sender.join()
        self._sender, unsent, self._unsent = None, self._unsent, []
        for path, facts in unsent:
            self._send(path, facts)
        stages = "one stage is" if len(self._unsent) == 1 else f"{len(self._unsent)} stages are"
        missing = f"{stages} not at {self.objects.address}; the same command sends what is missing"
        progress.finish(missing if self._unsent else "")
        return missing if self._unsent else ""

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
        folder = facts["key"]
        anew = folder in self._damaged
        if not anew and self.objects.facts(f"{folder}/{RECORD}") is not None:
            return
        files = _list_files(path)
        if not files:  # a folder of an older version, whose files nobody has listed
            return
        for file, place in files.items():
            there = None if anew else self.objects.facts(f"{folder}/{file.object}")
            if there is None or there.size != file.size:
                self.objects.upload(f"{folder}/{file.object}", place)
        stage = StoredStage(folder, path.name, self.run, __version__, facts, path.is_dir(), tuple(files))
        content = json.dumps(asdict(stage), ensure_ascii=False, indent=1).encode()
        put = self.objects.replace if anew else self.objects.create
        put(f"{folder}/{RECORD}", content)

    def _find(self, key: str) -> StoredStage | None:
        content = self.objects.read(f"{key}/{RECORD}")
        if content is None:
            return None
        try:
            stage: StoredStage = from_json(StoredStage)(json.loads(content))
        except (ValueError, RecursionError) as error:
            raise _DamagedError(f"{RECORD} cannot be read") from error
        if (
            stage.key != key
            or not isinstance(stage.facts, dict)
            or not all(_is_inside(one.name) for one in stage.files)
        ):
            raise _DamagedError(f"{RECORD} is of something else")
        return stage

    def _fetch(self, stage: StoredStage, path: Path) -> None:
        """The stage into its place, which it is in when all of it was looked at."""
        progress = self.progress.beside()
        progress.start(f"fetch {path.name}", total=None)
        if stage.is_folder:
            with whole_folder(path) as aside:
                for file in stage.files:
                    self._fetch_file(stage.key, file, aside / file.name)
                if not is_done_folder(aside, key=stage.key):
                    raise _DamagedError("it is no folder of this key")
        else:
            for file in sorted(stage.files, key=lambda file: not _is_rejected(file)):  # before the table shows
                self._fetch_alone(stage.key, file, path.with_suffix(_REJECTED) if _is_rejected(file) else path)
            path.with_suffix(".partial.jsonl").unlink(missing_ok=True)
        progress.finish()

    def _fetch_alone(self, key: str, file: StoredFile, path: Path) -> None:
        with whole_file(path) as aside:
            self._fetch_file(key, file, aside)
            if path.suffix == ".parquet" and not is_readable_table(aside, key=key):
                raise _DamagedError("it is no table of this key")

    def _fetch_file(self, key: str, file: StoredFile, path: Path) -> None:
        facts = self.objects.facts(f"{key}/{file.object}")
        if facts is None or facts.size != file.size:
            raise _DamagedError(f"{file.name} is missing" if facts is None else f"{file.name} is cut off")
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with path.open("wb") as stream:
            for part in self.objects.stream(f"{key}/{file.object}", facts):
                digest.update(part)
                stream.write(part)
        if digest.hexdigest() != file.digest:
            raise _DamagedError(f"{file.name} is not as it was")

    def _tell(self, note: str) -> None:
        progress = self.progress.beside()
        progress.start(f"stages at {self.objects.address}", total=None)
        progress.finish(note)


def _list_files(path: Path) -> dict[StoredFile, Path]:
    """The files of a whole stage: those of its folder's list, or the table and what was rejected beside it."""
    if path.is_dir():
        listed = listed_files(path)
        return {StoredFile(name, (path / name).stat().st_size, digest): path / name for name, digest in listed.items()}
    places = [path, path.with_suffix(_REJECTED)] if path.suffix == ".parquet" else [path]
    return {
        StoredFile(place.name, place.stat().st_size, digest_of(place)): place for place in places if place.is_file()
    }


def _is_rejected(file: StoredFile) -> bool:
    return file.name.endswith(_REJECTED)


def _is_inside(name: str) -> bool:
    """Whether a name that was read leads nowhere out of the stage's folder."""
    parts = PurePosixPath(name)
    return bool(name) and not parts.is_absolute() and ".." not in parts.parts
