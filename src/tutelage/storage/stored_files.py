"""Files of a stage as objects: named by their content, so that none is written over, and checked when fetched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tutelage import __version__
from tutelage.storage.digests import file_digest
from tutelage.storage.manifest import MANIFEST, listed_files
from tutelage.storage.objects import Objects
from tutelage.storage.plain import from_json

RECORD = "stage.json"
_NAMED_DIGITS = 16


class DamagedError(Exception):
    """Something that is there, and not as it was stored."""


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
        """Its name beside the record."""
        return f"{self.digest[:_NAMED_DIGITS]}-{PurePosixPath(self.name).name}"


@dataclass(frozen=True, slots=True)
class StoredStage:
    """What `stage.json` says, which is written last: without it nothing is there."""

    key: str
    name: str
    """Of its file or folder where it was made, for people."""
    run: str
    """That made it."""
    facts: dict[str, Any]
    """As run.json has them."""
    is_folder: bool
    files: tuple[StoredFile, ...]
    tutelage: str = __version__


def files_in(folder: Path, *, below: str = "") -> dict[StoredFile, Path]:
    """Those of a folder's list; none if it has no list, as those of older versions."""
    files = listed_files(folder)
    return {
        StoredFile(f"{below}{name}", (folder / name).stat().st_size, digest): folder / name
        for name, digest in files.items()
    }


def file_alone(path: Path, *, name: str = "") -> dict[StoredFile, Path]:
    """One that is in no list."""
    return {StoredFile(name or path.name, path.stat().st_size, file_digest(path)): path}


def sealed_folder(folder: Path) -> dict[StoredFile, Path]:
    """The files of a folder's list, and the list, below the folder's name."""
    below = f"{folder.name}/"
    return {**files_in(folder, below=below), **file_alone(folder / MANIFEST, name=f"{below}{MANIFEST}")}


def send_files(objects: Objects, place: str, files: Mapping[StoredFile, Path], *, anew: bool = False) -> None:
    """Send the files that are not there yet, or all of them `anew`."""
    for file, path in files.items():
        there = None if anew else objects.facts(f"{place}/{file.object}")
        if there is None or there.size != file.size:
            objects.upload(f"{place}/{file.object}", path)


def record_of(stage: StoredStage) -> bytes:
    """The record as it is stored."""
    return json.dumps(asdict(stage), ensure_ascii=False, indent=1).encode()


def find_record(objects: Objects, place: str, *, key: str) -> StoredStage | None:
    """The record at a place; `None` if there is none, DamagedError if it is not that of the key."""
    content = objects.read(f"{place}/{RECORD}")
    if content is None:
        return None
    try:
        stage: StoredStage = from_json(StoredStage)(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise DamagedError(f"{RECORD} cannot be read") from error
    if stage.key != key or not isinstance(stage.facts, dict) or not all(_is_inside(one.name) for one in stage.files):
        raise DamagedError(f"{RECORD} is of something else")
    return stage


def fetch_file(objects: Objects, place: str, file: StoredFile, path: Path) -> None:
    """Write the file to `path`; DamagedError if it is not as it was sent."""
    name = f"{place}/{file.object}"
    facts = objects.facts(name)
    if facts is None or facts.size != file.size:
        raise DamagedError(f"{file.name} is missing" if facts is None else f"{file.name} is cut off")
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with path.open("wb") as stream:
        for part in objects.stream(name, facts):
            digest.update(part)
            stream.write(part)
    if digest.hexdigest() != file.digest:
        raise DamagedError(f"{file.name} is not as it was")


def _is_inside(name: str) -> bool:
    """Whether a name that was read leads nowhere out of the stage's folder."""
    parts = PurePosixPath(name)
    return bool(name) and not parts.is_absolute() and ".." not in parts.parts
