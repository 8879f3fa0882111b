"""A student's outputs put before a translator: `review.html`, which needs nothing else, and `review.xlf`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.decoding import Decoding
from tutelage.core.errors import UsageError
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.protection import with_kept_terms
from tutelage.core.languages import Direction
from tutelage.core.protection.spans import ALL
from tutelage.core.protocols import Progress, Silence
from tutelage.core.records import Pair
from tutelage.corpora.paths import CorpusPath
from tutelage.corpora.reading import Reading, read_pairs, read_segments
from tutelage.storage.atomic import write_whole
from tutelage.tasks.review.items import make_items, with_matches
from tutelage.tasks.review.page import render_page
from tutelage.tasks.review.xliff import render_xliff

PAGE, XLIFF = "review.html", "review.xlf"
MOST = 200
"""Outputs on a page, if nothing else is said: some hours of a translator's work."""


@dataclass(frozen=True, slots=True)
class Review:
    """What was written."""

    page: Path
    xliff: Path
    items: int
    matched: int
    """For how many the memory has a like text."""


def write_review(
    text: CorpusPath,
    folder: Path,
    *,
    student: str,
    direction: Direction,
    memory: Path | str | None = None,
    glossary: Glossary | None = None,
    text_format: str | None = None,
    most: int = MOST,
    beam_size: int = 1,
    bad_lines: float = 0.0,
    progress: Progress | None = None,
) -> Review:
    """Write the student's outputs for `text` into `folder`, the least certain first, at most `most` of them.

    With `memory`, a bilingual text, what it has for like sources stands beside each. What a `glossary` says is not
    translated is kept in the drafts, and marked. UsageError if the folder holds a
    review already: its page may have been corrected in part.
    """
    progress = progress or Silence()
    require_new(folder)
    if memory is not None:  # a wrong one is told before the student has translated
        next(_memory_pairs(memory, direction), None)
    reading = Reading(text_format=text_format, max_bad_share=bad_lines)
    items = make_items(
        read_segments(text, lang=direction.source, reading=reading),
        student=student,
        direction=direction,
        decoding=Decoding(beam_size=beam_size),
        most=most,
        protection=with_kept_terms(ALL, glossary),
        progress=progress,
    )
    if memory is not None:
        items = with_matches(items, _memory_pairs(memory, direction))
    folder.mkdir(parents=True, exist_ok=True)
    original = ", ".join(Path(one).name for one in ([text] if isinstance(text, str | Path) else text))
    write_whole(folder / XLIFF, render_xliff(items, direction=direction, original=original))
    write_whole(folder / PAGE, render_page(items, direction=direction, original=original, student=student))
    return Review(folder / PAGE, folder / XLIFF, len(items), sum(bool(item.matches) for item in items))


def _memory_pairs(memory: Path | str, direction: Direction) -> Iterator[Pair]:
    return read_pairs(memory, direction=direction, reading=Reading(post_edits=True))


def require_new(folder: Path) -> None:
    """UsageError if a review is there, or a file where the folder should be."""
    if folder.exists() and not folder.is_dir():
        raise UsageError("this is a file.", where=str(folder), fix="Name a folder for the review, or move it away.")
    for name in (PAGE, XLIFF):
        if (folder / name).exists():
            fix = "Choose another folder, or move it away."
            raise UsageError("a review is there already, and may have been corrected.", where=str(folder), fix=fix)
