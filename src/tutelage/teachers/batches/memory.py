"""Batches under way, remembered in small files beside the ledger, so that a killed run does not pay for them twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tutelage.storage.atomic import write_whole


@dataclass(frozen=True, slots=True)
class RememberedBatch:
    """One batch; `id` is empty while it is not known whether the server has taken it."""

    token: str
    """Our own name for it, which the server keeps as metadata."""
    id: str
    url: str
    teacher: str
    role: str
    run: str
    keys: tuple[str, ...]


class BatchMemory:
    """A folder with one file for each batch: several processes may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def remember(self, batch: RememberedBatch) -> None:
        """Write it down, whole or not at all."""
        write_whole(self._path(batch), json.dumps(asdict(batch)))

    def forget(self, batch: RememberedBatch) -> None:
        """It is recorded, or the server does not know it."""
        self._path(batch).unlink(missing_ok=True)

    def recall(self, *, teacher: str, role: str, url: str) -> Iterator[RememberedBatch]:
        """The batches of one role of one teacher at one endpoint; a file that cannot be read is passed over."""
        for path in sorted(self.folder.glob("*.json")):
            try:
                fields = json.loads(path.read_text("utf-8"))
                batch = RememberedBatch(**{**fields, "keys": tuple(fields["keys"])})
            except (OSError, ValueError, TypeError, KeyError):
                continue
            if (batch.teacher, batch.role, batch.url) == (teacher, role, url):
                yield batch

    def _path(self, batch: RememberedBatch) -> Path:
        return self.folder / f"{batch.token}.json"
