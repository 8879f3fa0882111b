"""What is measured beside the students and may fail: a finished training does not fail with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tutelage.core.errors import (
    BudgetError,
    HarnessError,
    MissingExtraError,
    MissingModelError,
    TeacherError,
    UsageError,
)
from tutelage.core.evidence import Omission
from tutelage.storage.atomic import write_whole
from tutelage.storage.plain import to_plain
from tutelage.storage.stages import StageFolder

FAILURES = (TeacherError, BudgetError, UsageError, MissingExtraError, MissingModelError, HarnessError)
"""What says something about what was to be measured; damaged files of the run and its ledger are not among it."""


@contextmanager
def goes_on_without(what: str, omissions: list[Omission]) -> Iterator[None]:
    """Notes what could not be measured, and why, instead of raising it.

    The next run of the same recipe tries again, since nothing is kept of it.
    """
    try:
        yield
    except FAILURES as error:
        omissions.append(Omission(what, error.paragraph()))


def keep_omissions(folder: StageFolder, omissions: Sequence[Omission]) -> None:
    """`omissions.json` in a step's folder, if there are any."""
    path, rows = folder.path / "omissions.json", list(map(to_plain(Omission), omissions))
    if rows:
        write_whole(path, json.dumps({"omissions": rows}, ensure_ascii=False, indent=1) + "\n")
    else:
        path.unlink(missing_ok=True)
