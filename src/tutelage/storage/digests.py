"""What is in a large file, read once in a process for as long as the file stays the same."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path


def file_digest(file: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal digits."""
    status = file.stat()
    return _digest(file.absolute(), status.st_size, status.st_mtime_ns)


@cache
def _digest(file: Path, _size: int, _changed: int) -> str:
    """Size and time of change are there to tell a file that was replaced."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
