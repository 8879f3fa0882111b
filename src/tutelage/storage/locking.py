"""One process at a time in a folder."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from tutelage.core.errors import UserError


def lock_folder(path: Path, *, name: str, work: str) -> IO[str]:
    """Makes the folder and holds its lock until the file is closed or the process ends.

    UserError if it cannot be written or another process works in it; `name` and `work` say what it is ("the run
    folder", "this run").
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / ".lock").open("w")
    except OSError as error:
        raise UserError(
            f"{name} cannot be written: {error.strerror}.",
            where=str(path),
            fix="Choose another place with --runs, or free it.",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise UserError(f"another process works in {work}.", where=str(path), fix="Wait for it or end it.") from error
    return lock
