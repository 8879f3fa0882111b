"""What a worker does with a part of the rows; it knows nothing of Ray."""

from __future__ import annotations

import os
import pickle
import platform
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from tutelage.core.errors import RunnerError, UserError
from tutelage.core.machine import take_cores
from tutelage.core.runner import OpenWork, RowWork


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is given when it is started."""

    work: bytes
    """Pickled, since a ledger is opened where it is unpacked."""
    folder: str
    """Where the run was started: paths of students and ledgers may be relative to it."""
    cores: int

    @classmethod
    def of(cls, work: RowWork[Any, Any], *, cores: int) -> Order:
        """The work for any machine that has this folder."""
        return cls(pickle.dumps(work), os.getcwd(), cores)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a part."""

    outcomes: list[Any]
    """Of all its rows, or of the first ones if there is an error."""
    figures: Mapping[str, float] = field(default_factory=dict)
    error: UserError | None = None


class Worker:
    """Opens the work with the first part, and does one part after the other."""

    def __init__(self, order: Order) -> None:
        self._order, self._kept = order, ExitStack()
        self._open: OpenWork[Any, Any] | None = None

    def work_on(self, part: bytes) -> bytes:
        """A pickled `Done` for a pickled list of rows; an error that a user can mend is in it, and not raised."""
        done = Done([])
        try:
            # not when the worker is made, where an error would be the cluster's
            self._open = self._open or self._start()
            for outcome in self._open(pickle.loads(part)):
                done.outcomes.append(outcome)
        except UserError as error:
            done = Done(done.outcomes, error=error)
        return pickle.dumps(Done(done.outcomes, dict(self._open.figures) if self._open else {}, done.error))

    def _start(self) -> OpenWork[Any, Any]:
        try:
            os.chdir(self._order.folder)
        except OSError as error:
            raise RunnerError(
                f"the folder {self._order.folder} cannot be entered there ({error.strerror}).",
                where=f"machine {platform.node()} of the cluster",
                fix="Start the run in a folder that all machines have, with its runs, students and texts in it.",
            ) from error
        take_cores(self._order.cores)
        work: RowWork[Any, Any] = pickle.loads(self._order.work)
        return self._kept.enter_context(work.open())
