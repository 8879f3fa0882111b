"""A glossary from its files: tables (CSV, TSV), TBX, or any bilingual text format; what contradicts itself is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import CorpusError
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.terms import Term
from tutelage.core.glossary.words import WRITTEN, plain_word
from tutelage.core.languages import Direction
from tutelage.core.recipe import Recipe
from tutelage.corpora.files import plain_name
from tutelage.corpora.glossary.tables import SUFFIXES, read_table
from tutelage.corpora.glossary.tbx import read_tbx
from tutelage.corpora.reading import read_pairs

TBX = {".tbx", ".xml"}
MOST_SHOWN = 10
"""Contradictions that a message lists."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A term and where it stands, in words: `terms.csv:12`."""

    term: Term
    where: str


@dataclass(frozen=True, slots=True)
class ReadTerms:
    """What the files of a glossary say."""

    terms: tuple[Term, ...]
    """Each once, in the order of the files."""
    repeated: int
    """Entries that were there before."""


def read_glossary(paths: Path | str | Sequence[Path | str], *, direction: Direction) -> tuple[Term, ...]:
    """Every term of the files, each once, in their order; CorpusError as in `read_terms`."""
    return read_terms(paths, direction=direction).terms


def open_glossary(paths: Path | str | Sequence[Path | str], *, direction: Direction) -> Glossary:
    """The glossary in the files, its words compared as those of the two languages are."""
    return Glossary.of(read_terms(paths, direction=direction).terms, direction)


def open_recipe_glossary(recipe: Recipe) -> Glossary | None:
    """The glossary that a recipe names, in its direction; `None` if it names none."""
    if recipe.glossary is None:
        return None
    return open_glossary(recipe.glossary.path, direction=recipe.direction.direction)


def read_terms(paths: Path | str | Sequence[Path | str], *, direction: Direction) -> ReadTerms:
    """Every term of the files and how many are repeated.

    CorpusError with file, line and reason if an entry is bad, if two contradict one another, or if there is none.
    """
    files = [paths] if isinstance(paths, str | Path) else list(paths)
    first: dict[Term, str] = {}
    count = 0
    for path in files:
        for entry in _read(path, direction):
            count += 1
            first.setdefault(entry.term, entry.where)
    if not first:
        named = ", ".join(map(str, files))
        raise CorpusError(f"the glossary has no term for {direction}.", where=named, fix="Check its languages.")
    _require_no_conflict(first)
    return ReadTerms(tuple(first), count - len(first))


def _read(path: Path | str, direction: Direction) -> Iterator[Entry]:
    suffix = Path(plain_name(path)).suffix.lower()
    if suffix in TBX:
        for term in read_tbx(path, direction=direction):
            yield Entry(term, str(path))
    elif suffix in SUFFIXES:
        for row in read_table(path, direction=direction):
            yield Entry(row.term, f"{path}:{row.line}")
    else:
        for pair in read_pairs(path, direction=direction):
            yield Entry(Term(pair.source.text.strip(), pair.target.text.strip()), pair.source.provenance.origin)


def _require_no_conflict(first: dict[Term, str]) -> None:
    """CorpusError if a source is both translated and not, or a translation both wanted and forbidden."""
    said: dict[tuple[str, str], tuple[Term, str]] = {}
    kept: dict[str, tuple[Term, str]] = {}
    problems = []
    for term, where in first.items():
        source = _plain(term.source)
        other = said.setdefault((source, _plain(term.target)), (term, where))
        if other[0].forbidden != term.forbidden:
            problems.append(f"'{term.source}' → '{term.target}' is wanted and forbidden ({other[1]} and {where})")
        if not term.forbidden:
            before = kept.setdefault(source, (term, where))
            if before[0].is_kept != term.is_kept and _are_alike(before[0], term):
                problems.append(f"'{term.source}' is translated and not translated ({before[1]} and {where})")
    if problems:
        more = f"; and {len(problems) - MOST_SHOWN} more" if len(problems) > MOST_SHOWN else ""
        raise CorpusError(
            f"entries contradict one another: {'; '.join(problems[:MOST_SHOWN])}{more}.",
            where=next(iter(first.values())).rpartition(":")[0] or next(iter(first.values())),
            fix="Keep one of each.",
        )


def _are_alike(one: Term, other: Term) -> bool:
    """Whether the terms stand for the same words: `Word` with its capital does not stand for `word`."""
    return one.source == other.source or not (one.match_case or other.match_case)


def _plain(text: str) -> str:
    return " ".join(plain_word(text).split()) if WRITTEN.split(text) else text
