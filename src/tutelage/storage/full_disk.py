"""A full disk, told alike by whatever library meets it."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""A full disk, a quota that is used up, and a file larger than its limit."""
_SAID = re.compile(r"no space left on device|disk quota exceeded|file too large|\(os error (?:28|122|27)\)", re.I)
_TORCH = re.compile(r"inline_container\.cc.*(?:unexpected pos|failed writing)|PytorchStreamWriter failed writing", re.S)
"""What torch says when fewer bytes were written than it gave."""


@contextmanager
def full_disk_named(place: Path) -> Iterator[None]:
    """A full disk met in the block becomes an OSError with the system's own words and `place`; others pass."""
    try:
        yield
    except Exception as error:
        number = _full_disk(error)
        if number is None:
            raise
        raise OSError(number, os.strerror(number), str(place)) from error


def _full_disk(error: BaseException | None) -> int | None:
    """The number of the system error behind an exception that means a full disk."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return error.errno
        if not isinstance(error, OSError) and (_SAID.search(str(error)) or _TORCH.search(str(error))):
            return errno.ENOSPC
        error = error.__cause__ or error.__context__
    return None
