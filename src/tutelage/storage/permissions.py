"""Who may read what is written: whom the umask allows, also where a library keeps its files to their owner."""

from __future__ import annotations

import os
from pathlib import Path


def as_the_umask_allows(file: Path) -> None:
    """Give a file the permissions that a newly opened one has."""
    mask = os.umask(0)
    os.umask(mask)
    file.chmod(0o666 & ~mask)
