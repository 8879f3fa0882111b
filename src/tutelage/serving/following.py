"""Hot reload: a student that a run has promoted takes the place of the one that is served."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import UserError
from tutelage.core.languages import Direction
from tutelage.serving.queue import GuardedStudent
from tutelage.serving.students import find_background
from tutelage.serving.translator import Served
from tutelage.students.naming import direction_of_run
from tutelage.students.promoted import is_run_folder, promoted_student, read_run_state
from tutelage.students.student_folder import student_signature

LOG = logging.getLogger("tutelage.serving")
POLL_SECONDS = 5.0

Open = Callable[[str, Direction], GuardedStudent]


@dataclass(frozen=True, slots=True)
class Promoted:
    """A student that a run has promoted."""

    run: Path
    folder: Path
    updated: str
    """When the run ended, in UTC."""


def newest_promoted(runs: Path, direction: Direction) -> Promoted | None:
    """The student of a direction that a run in the folder, or the run that it is, promoted last."""
    found = [one for run in _run_folders(runs) if (one := _promoted(run, direction)) is not None]
    return max(found, key=lambda one: one.updated, default=None)


def _run_folders(runs: Path) -> Iterator[Path]:
    if is_run_folder(runs):
        yield runs
    elif runs.is_dir():
        yield from (path for path in sorted(runs.iterdir()) if is_run_folder(path))


def _promoted(run: Path, direction: Direction) -> Promoted | None:
    """`None` for a run that is not done, that promoted nothing, that has another direction, or that cannot be read."""
    with suppress(UserError, OSError):
        state = read_run_state(run)
        if state.get("state") == "done" and state.get("student") and direction_of_run(run) == direction:
            return Promoted(run, promoted_student(run), str(state.get("updated")))
    return None


class Follower:
    """Looks into a folder of runs again and again, in a thread of its own."""

    def __init__(self, runs: Path, students: Sequence[Served], *, open_engine: Open, seconds: float = POLL_SECONDS):
        self._runs, self._students, self._open, self._seconds = runs, students, open_engine, seconds
        self._failed: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="follow", daemon=True)

    def start(self) -> None:
        """Look now, and from then on every few seconds."""
        self.look()
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Take over what has been promoted since; requests in flight are finished by the old student."""
        for student in self._students:
            newest = newest_promoted(self._runs, student.direction)
            if newest is not None:
                self._take(student, newest)

    def _watch(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                self.look()
            except Exception as error:  # the server goes on with the student that it has
                LOG.warning("looking for promoted students failed: %s", type(error).__name__)

    def _take(self, student: Served, newest: Promoted) -> None:
        signature = student_signature(newest.folder)
        if signature in student.signature or signature in self._failed:
            return
        try:
            engine = self._open(str(newest.run), student.direction)
        except UserError as error:
            self._failed.add(signature)
            LOG.warning("the promoted student of %s cannot be served: %s", newest.run.name, error.what)
            return
        student.queue.replace_engine(engine)
        student.name, student.background = str(newest.run), find_background(str(newest.run))
        LOG.warning("%s is now served by the student of %s", student.direction, newest.run.name)
