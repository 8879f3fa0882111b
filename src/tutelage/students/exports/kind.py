"""What a kind of export is: how a student's weights are written, and how they are opened again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from tutelage.core.decoding import Decoding
from tutelage.core.protocols import Engine
from tutelage.students.exports.export import Export
from tutelage.students.kinds.kind import AnyStudent


class ExportKind(ABC):
    """One kind of export: a line in `registry.py`, or an entry point of `tutelage.exports` outside."""

    name: ClassVar[str]
    is_ordinary: ClassVar[bool] = False
    """Whether the folder is a student's as others are, which every engine opens; its own one only measures it."""
    compute_types: ClassVar[tuple[str, ...]]
    """Arithmetic that the weights can be stored for; the first is the default."""

    def problems(self, _student: type[AnyStudent] | None) -> list[str]:
        """Why students of a kind cannot be exported so on this machine; `None` if the kind is not known yet."""
        return []

    def decoding(self, decoding: Decoding) -> Decoding:
        """How an export is decoded whose student is decoded so, as far as its engine can."""
        return decoding

    @abstractmethod
    def write(self, student: AnyStudent, folder: Path, *, compute_type: str) -> None:
        """Write weights and tokenizer into the empty folder; StudentError for a student that cannot be."""

    @abstractmethod
    def load(self, folder: Path, export: Export) -> AnyStudent:
        """The student, which may have no weights, as far as texts are prepared for its engine."""

    @abstractmethod
    def open(self, student: AnyStudent, folder: Path, export: Export, /) -> Engine:
        """An engine on the folder's own weights."""
