"""Checkpoints of a training on object storage while it is under way, so that another machine can go on from them."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tutelage.core.errors import UserError
from tutelage.storage.manifest import has_manifest
from tutelage.storage.objects import Objects
from tutelage.storage.stored_files import (
    RECORD,
    StoredFile,
    StoredStage,
    fetch_file,
    find_record,
    record_of,
    sealed_folder,
    send_files,
)

LOOK_SECONDS = 30.0
"""Between two looks for newer checkpoints; a machine that is lost takes with it what was learned since."""
PATTERN = "checkpoint-*"


def checkpoint_place(key: str) -> str:
    """Where those of a stage are, below the address."""
    return f"{key}/checkpoint"


def fetch_checkpoints(objects: Objects, key: str, scratch: Path) -> None:
    """Put the checkpoints of another machine into `scratch`, if there are any; all or none."""
    place = checkpoint_place(key)
    stage = find_record(objects, place, key=key)
    try:
        for file in () if stage is None else stage.files:
            fetch_file(objects, place, file, scratch / file.name)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


@dataclass(slots=True)
class CheckpointSender:
    """Sends what comes into a stage's scratch folder, in a thread of its own."""

    objects: Objects
    run: str
    scratch: Path
    key: str
    tell: Callable[[str], None]
    _ended: threading.Event = field(default_factory=threading.Event)
    _is_done: bool = False
    _has_told: bool = False
    _sent: frozenset[StoredFile] = frozenset()
    _thread: threading.Thread | None = None

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """For the length of the stage; one that fails leaves its newest checkpoint."""
        self._thread = threading.Thread(target=self._look, name="send-checkpoints", daemon=True)
        self._thread.start()
        try:
            yield
            self._is_done = True
        finally:
            self._ended.set()

    def wait(self) -> None:
        """Until nothing is on its way any more."""
        if self._thread is not None:
            self._thread.join()

    def remove(self) -> None:
        """Take all of them away: the stage itself is there."""
        self.wait()
        with suppress(UserError):  # without the right to, they stay
            self.objects.keep_only(checkpoint_place(self.key), frozenset())

    def _look(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            self._send()
        if not self._is_done:
            self._send()

    def _send(self) -> None:
        """The checkpoints that are whole now, in the place of those before; next time if one goes away meanwhile."""
        place = checkpoint_place(self.key)
        try:
            files: dict[StoredFile, Path] = {}
            for folder in filter(has_manifest, self.scratch.glob(PATTERN)):
                files |= sealed_folder(folder)
            if files and files.keys() != self._sent:
                send_files(self.objects, place, files)
                record = StoredStage(self.key, "checkpoint", self.run, {}, True, tuple(files))
                self.objects.replace(f"{place}/{RECORD}", record_of(record))
                self._sent = frozenset(files)
                with suppress(UserError):
                    self.objects.keep_only(place, {RECORD, *(file.object for file in files)})
        except FileNotFoundError:
            return
        except (OSError, UserError) as error:
            if not self._has_told:
                self.tell(f"checkpoints could not be sent: {error}")
            self._has_told = True
