"""The demonstration on files: a catalogue and an XLIFF file translated, what was kept of them, and a review page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.counts import counted
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.languages import Direction
from tutelage.core.protection.comparison import missing_spans
from tutelage.core.protection.spans import ALL, Protection, find_protected
from tutelage.core.protocols import Progress, Silence
from tutelage.core.records import Pair
from tutelage.corpora.glossary.reading import open_glossary
from tutelage.corpora.reading import Reading, read_pairs
from tutelage.embedded.texts import EMBEDDED
from tutelage.students.promoted import is_run_folder, read_run_state
from tutelage.tasks.review.review import Review, require_new, write_review
from tutelage.tasks.translation import translate_file

DIRECTION = Direction("en", "pt-BR")
FILES = ("app.po", "guide.xlf")
SHIPPED = EMBEDDED / "files"
STUDENT = "embedded:en-pt"
REVIEW = "review"
SHOWN = 3
"""Translations of each file that are told."""


@dataclass(frozen=True, slots=True)
class TranslatedFile:
    """A file of the demonstration, translated."""

    path: Path
    pairs: tuple[Pair, ...]
    """Its texts with their translations, those that it had before among them."""

    @property
    def spans(self) -> int:
        """Placeholders, tags, addresses and numbers of the sources."""
        return sum(len(find_protected(pair.source.text)) for pair in self.pairs)

    @property
    def lost(self) -> int:
        """How many of these a translation lacks."""
        return sum(len(missing_spans(pair.source.text, pair.target.text, ALL)) for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class FilesDemo:
    """What the demonstration wrote."""

    student: str
    files: tuple[TranslatedFile, ...]
    glossary: Glossary
    review: Review

    def lines(self) -> Iterator[str]:
        """What it came to, for a terminal; the last line is the path of the page."""
        yield f"student: {self.student}"
        for file in self.files:
            kept = f"{file.spans - file.lost} of {file.spans}"
            yield f"{file.path}: {kept} placeholders, tags, addresses and numbers kept"
            fullest = sorted(file.pairs, key=lambda pair: -len(find_protected(pair.source.text)))
            for pair in fullest[:SHOWN]:
                yield f"  {pair.source.text}"
                yield f"    → {pair.target.text}"
        uses = [
            use
            for file in self.files
            for pair in file.pairs
            for use in self.glossary.uses(pair.source.text, pair.target.text)
        ]
        broken = dict.fromkeys(use.occurrence.name for use in uses if use.is_broken)
        told = f"; not: {', '.join(broken)}" if broken else ""
        yield f"terms of the glossary kept: {sum(not use.is_broken for use in uses)} of {len(uses)}{told}"
        yield f"{counted(self.review.items, 'translation')} to correct, also as {self.review.xliff}"
        yield str(self.review.page)


def run_files_demo(folder: Path, *, runs: Path, progress: Progress | None = None) -> FilesDemo:
    """Translate the shipped files into `folder`, by the student of the demonstration if there is one, and review them.

    UsageError if a review is there already.
    """
    require_new(folder / REVIEW)
    progress, student = progress or Silence(), _student(runs)
    glossary = open_glossary(SHIPPED / "terms.tsv", direction=DIRECTION)
    protection = Protection(terms=frozenset(term.source for term in glossary.kept_words))
    folder.mkdir(parents=True, exist_ok=True)
    files = tuple(_translate(name, folder, student, protection, progress) for name in FILES)
    review = write_review(
        [str(SHIPPED / name) for name in FILES],
        folder / REVIEW,
        student=student,
        direction=DIRECTION,
        memory=SHIPPED / "memory.tsv",
        glossary=glossary,
        progress=progress,
    )
    return FilesDemo(student, files, glossary, review)


def _student(runs: Path) -> str:
    """The run `demo` if it has promoted a student, else the one that it begins with."""
    run = runs / "demo"
    return str(run) if is_run_folder(run) and read_run_state(run).get("student") else STUDENT


def _translate(name: str, folder: Path, student: str, protection: Protection, progress: Progress) -> TranslatedFile:
    out = folder / name
    translate_file(SHIPPED / name, out, student=student, direction=DIRECTION, protection=protection, progress=progress)
    return TranslatedFile(out, tuple(read_pairs(str(out), direction=DIRECTION, reading=Reading(drafts=True))))
