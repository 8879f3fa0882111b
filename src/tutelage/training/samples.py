"""Samples of token ids as they come, chunk by chunk: in memory, or in files that are mapped when all are there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from tutelage.core.training import EncodedSample

Kind = TypeVar("Kind", bound=np.generic)


class Column(Generic[Kind]):
    """Values of one type behind one another; in a file of `folder` if there is one."""

    def __init__(self, kind: type[Kind], folder: Path | None) -> None:
        self._kind = kind
        self._parts: list[NDArray[Kind]] = [np.empty(0, dtype=kind)]
        self._file: Any = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.NamedTemporaryFile(dir=folder, suffix=".tokens", delete=False)  # noqa: SIM115

    def extend(self, values: NDArray[Kind]) -> None:
        """Add some."""
        if self._file is None:
            self._parts.append(values)
        else:
            values.tofile(self._file)

    def joined(self, other: Column[Kind]) -> NDArray[Kind]:
        """All values, and those of another column behind them; neither takes more after that."""
        if self._file is None:
            return np.concatenate([*self._parts, *other._parts])
        other._file.close()
        with Path(other._file.name).open("rb") as behind, self._file as file:
            shutil.copyfileobj(behind, file)
        Path(other._file.name).unlink()
        path = Path(file.name)
        return np.memmap(path, dtype=self._kind, mode="r") if path.stat().st_size else np.empty(0, dtype=self._kind)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is known of each sample besides its tokens."""

    source_lengths: NDArray[np.int32]
    target_lengths: NDArray[np.int32]
    parts: NDArray[np.int32]
    weights: NDArray[np.float32]


class Samples:
    """Samples as they come."""

    def __init__(self, credit: float = 1.0, *, folder: Path | None = None) -> None:
        """`credit` is what a corrected token counts."""
        self._credit = credit
        self._numbers: list[Numbers] = [_numbers([], [])]
        self.sources = Column(np.int32, folder)
        self.targets = Column(np.int32, folder)
        self.spared = Column(np.bool_, folder)
        self.credits = Column(np.float32, folder)

    def __len__(self) -> int:
        return sum(len(some.weights) for some in self._numbers)

    def extend(self, samples: Sequence[EncodedSample], weights: Sequence[float]) -> None:
        """Add a chunk."""
        self._numbers.append(_numbers(samples, weights))
        self.sources.extend(_flat(sample.source for sample in samples))
        self.targets.extend(_flat(sample.target for sample in samples))
        marks = [mark for one in samples for mark in one.spared or (False,) * len(one.target)]
        self.spared.extend(np.array(marks, dtype=np.bool_))
        corrected = np.array([mark for one in samples for mark in one.corrected or (False,) * len(one.target)], bool)
        self.credits.extend(np.where(corrected, np.float32(self._credit), np.float32(1)))

    def numbers(self) -> Numbers:
        """Of all samples."""
        some = self._numbers
        return Numbers(
            np.concatenate([one.source_lengths for one in some]),
            np.concatenate([one.target_lengths for one in some]),
            np.concatenate([one.parts for one in some]),
            np.concatenate([one.weights for one in some]),
        )


def _numbers(samples: Sequence[EncodedSample], weights: Sequence[float]) -> Numbers:
    parts = [(one.unsupervised_first, one.rationale_tokens, one.unsupervised_last) for one in samples]
    return Numbers(
        np.array([len(one.source) for one in samples], dtype=np.int32),
        np.array([len(one.target) for one in samples], dtype=np.int32),
        np.array(parts, dtype=np.int32).reshape(-1, 3),
        np.array(weights, dtype=np.float32),
    )


def _flat(rows: Iterable[list[int]]) -> NDArray[np.int32]:
    return np.array([token for row in rows for token in row], dtype=np.int32)
