"""What may have happened to a file: each damage by its name, done to a path."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

Damage = Callable[[Path], None]


def truncate(path: Path) -> None:
    """The first half is left."""
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def empty(path: Path) -> None:
    """Nothing is left."""
    path.write_bytes(b"")


def zero(path: Path) -> None:
    """The length is right and the content is not, as a file system may leave it after a power cut."""
    path.write_bytes(bytes(path.stat().st_size))


def turn(path: Path) -> None:
    """Some bytes in the middle are others."""
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 3
    whole[middle : middle + 16] = bytes(255 - byte for byte in whole[middle : middle + 16])
    path.write_bytes(whole)


def garble(path: Path) -> None:
    """It is something else, and no text."""
    path.write_bytes(b"\xff\xfe\x00PK\x03\x04" * 40)


def reshape(path: Path) -> None:
    """Valid JSON of another shape."""
    path.write_text(json.dumps([{"key": 3}, None]))


def deepen(path: Path) -> None:
    """JSON that is nested far too deeply."""
    path.write_text("[" * 200_000)


def remove(path: Path) -> None:
    """It is gone."""
    path.unlink()


def become_folder(path: Path) -> None:
    """A folder lies in its place."""
    path.unlink()
    path.mkdir()


def become_file(path: Path) -> None:
    """A file lies in the place of a folder."""
    shutil.rmtree(path)
    path.write_text("")


DAMAGES: dict[str, Damage] = {
    damage.__name__: damage for damage in (truncate, empty, zero, turn, garble, reshape, deepen, remove, become_folder)
}
