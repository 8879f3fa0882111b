"""A student as a stage reads it: its weights, and how they are decoded. Opened when the first text comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tutelage.core.contrast import Contrast
from tutelage.core.decoding import Decoding
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.keeping import TermKeeping, Way
from tutelage.core.glossary.protection import with_kept_terms
from tutelage.core.languages import Direction
from tutelage.core.protection.spans import ALL, Protection
from tutelage.core.protection.translation import guard_signature
from tutelage.core.recipe import StudentSettings
from tutelage.core.runner import LOCAL, Runner
from tutelage.students.engines.guarded import GuardedEngine
from tutelage.students.engines.kinds import sign_arithmetic
from tutelage.students.engines.opening import open_engine
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.student_folder import read_to_decode, student_signature


@dataclass(frozen=True, slots=True)
class Weights:
    """A student's folder, told by its weights and vocabulary."""

    folder: Path

    @property
    def key(self) -> str:
        """The same anywhere for the same weights, vocabulary and instruction."""
        return student_signature(self.folder)


@dataclass(slots=True)
class ReadOnce:
    """A student that is read once, its weights too if they are needed, for decoders of several directions."""

    student: AnyStudent | None = None

    def load(self, folder: Path, *, direction: Direction) -> AnyStudent:
        """The student in a folder, always the same one, in a direction."""
        if self.student is None:
            self.student = read_to_decode(folder, direction=direction)
        return replace(self.student, direction=direction)

    def __reduce__(self) -> tuple[type[ReadOnce], tuple[()]]:
        """Another process reads them itself."""
        return ReadOnce, ()


@dataclass(frozen=True, slots=True)
class Decoder:
    """A student and how it is decoded in this run."""

    folder: Path
    direction: Direction
    settings: StudentSettings
    decoding: Decoding
    conversions: Path
    """Folder of engines' converted students."""
    contrast: Contrast | None = None
    """What it is decoded against; `None` decodes plainly."""
    glossary: Glossary | None = None
    """Whose words that are not translated come through it whole; `None` means that there are no such words."""
    keeps: Way = "off"
    """How it is made to keep the glossary's other terms."""
    weights_read: ReadOnce | None = None
    """`None` reads the weights whenever it is opened."""
    runner: Runner = LOCAL
    """Where it decodes, which changes nothing of what it writes."""

    @property
    def weights(self) -> Weights:
        """The student without its decoding."""
        return Weights(self.folder)

    @property
    def signature(self) -> str:
        """Weights, arithmetic, search, contrast and protection, for scores, hypotheses and content keys."""
        search = self.decoding.signature
        if self.contrast is not None:
            search = f"{search},{self.contrast.signature}"
        terms = "" if self.terms is None else f"|{self.terms.signature}"
        return f"{self.weights.key}|{self.arithmetic}|{search}|{guard_signature(self.protection)}{terms}"

    @property
    def protection(self) -> Protection | None:
        """What comes through it whole; `None` if the recipe protects nothing."""
        return with_kept_terms(ALL if self.settings.protect else None, self.glossary)

    @property
    def terms(self) -> TermKeeping | None:
        """How it is made to keep terms; `None` if it is not."""
        return None if self.glossary is None or self.keeps == "off" else TermKeeping(self.glossary, self.keeps)

    @property
    def arithmetic(self) -> str:
        """How weights are computed with: `float32`, or `transformers-float32` if the recipe names the engine."""
        return sign_arithmetic(self.settings.engine, self.settings.compute_type, self.folder)

    def open(self) -> GuardedEngine:
        """The engine; StudentError if the folder holds no student that it can decode."""
        return open_engine(
            (self.weights_read or ReadOnce()).load(self.folder, direction=self.direction),
            name=self.settings.engine,
            compute_type=self.settings.compute_type,
            cache=self.conversions,
            contrast=self.contrast,
            protection=self.protection,
            terms=self.terms,
        )

    def translate(self, texts: Iterable[str]) -> Iterator[str]:
        """One output for each text, in their order, streaming."""
        with self.runner.open(StudentTranslation(self)) as translate:
            yield from translate(texts)


@dataclass(frozen=True, slots=True)
class StudentTranslation:
    """A student's outputs as work on rows."""

    student: Decoder

    @contextmanager
    def open(self) -> Iterator[OpenStudent]:
        """The student's engine, loaded."""
        yield OpenStudent(self.student.open(), self.student.decoding)


@dataclass(frozen=True, slots=True)
class OpenStudent:
    """A loaded engine and how it decodes."""

    engine: GuardedEngine
    decoding: Decoding

    @property
    def figures(self) -> Mapping[str, float]:
        """A student costs nothing."""
        return {}

    def __call__(self, texts: Iterable[str]) -> Iterator[str]:
        """One output for each text, in their order, streaming."""
        return self.engine.translate(texts, decoding=self.decoding)
