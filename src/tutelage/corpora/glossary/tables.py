"""Glossaries as tables: CSV and TSV, with a header that names the columns, or a word and its translations.

A header has a column for the source (`source`, `term` or the language's code), one or more for the target, and any of
`part of speech`, `forbidden`, `do not translate`, `case` and `status`; other columns are notes. Without a header a line
is a word and its translations, each in a column of its own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from tutelage.core.errors import CorpusError
from tutelage.core.glossary.terms import Term
from tutelage.core.glossary.words import split_term_words
from tutelage.core.languages import Direction, base_language
from tutelage.corpora.bad_lines import shown
from tutelage.corpora.files import TO_UTF_8, decoded, plain_name, read_lines

SUFFIXES = {".csv", ".tsv", ".txt", ".tab"}
BETWEEN = "|"
"""Between several translations in one cell."""
Column = Literal["source", "target", "part_of_speech", "forbidden", "keep", "case", "status"]
_NAMES: dict[Column, tuple[str, ...]] = {
    "source": ("source", "src", "term", "word", "source term"),
    "target": ("target", "tgt", "translation", "translations", "target term"),
    "part_of_speech": ("part of speech", "pos", "word class"),
    "forbidden": ("forbidden", "not allowed", "do not use"),
    "keep": ("do not translate", "dnt", "keep", "untranslated"),
    "case": ("case", "case sensitive", "match case"),
    "status": ("status", "usage", "administrative status"),
}
_YES, _NO = {"yes", "y", "true", "1", "x", "✓"}, {"", "no", "n", "false", "0", "-"}
_EXACT, _ANY = {*_YES, "exact", "sensitive", "match"}, {*_NO, "any", "insensitive", "ignore"}
_BAD = ("forbidden", "deprecated", "superseded", "not recommended", "notrecommended", "do not use", "obsolete")


@dataclass(frozen=True, slots=True)
class TableTerm:
    """A term and its line."""

    term: Term
    line: int


def read_table(path: Path | str, *, direction: Direction) -> Iterator[TableTerm]:
    """Every term of the table; CorpusError with line and reason if a line is bad."""
    header: dict[int, Column] | None = None
    for place, (line, cells) in enumerate(_rows(path)):
        if place == 0 and (header := _header(cells, direction)):
            _require_target(path, header, cells)
            continue
        if any(cells):
            yield from (TableTerm(term, line) for term in _terms(path, line, cells, header))


def is_forbidden_status(status: str) -> bool:
    """Whether a status, as table or TBX writes it, says that a word must not be used."""
    plain = status.casefold().removesuffix("-admn-sts").removesuffix("term").replace("_", " ").strip()
    return plain in _BAD


def _rows(path: Path | str) -> Iterator[tuple[int, list[str]]]:
    """Lines with their cells; a quoted cell of CSV may have line breaks, a TSV has no quotes."""
    lines = ((number, _decoded(path, number, line)) for number, line in enumerate(read_lines(path), start=1))
    if Path(plain_name(path)).suffix.lower() != ".csv":
        yield from ((number, [cell.strip() for cell in line.split("\t")]) for number, line in lines)
        return
    text = "\n".join(line for _, line in lines)
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text.partition("\n")[0]), strict=True)
    number = 1
    try:
        for row in reader:
            yield number, [" ".join(cell.split()) for cell in row]
            number = reader.line_num + 1
    except csv.Error as error:
        raise CorpusError(f"{error}.", where=f"{path}:{number}", fix="Mend the quotes of this line.") from None


def _delimiter(first: str) -> str:
    """What divides the first line: spreadsheets of many countries write semicolons."""
    return max(",;\t", key=first.count)


def _decoded(path: Path | str, number: int, line: bytes) -> str:
    try:
        return decoded(line)
    except ValueError as error:
        raise CorpusError(f"{error}.", where=f"{path}:{number}", fix=TO_UTF_8) from None


def _header(cells: Sequence[str], direction: Direction) -> dict[int, Column]:
    """Which column holds what; empty if the first line names none, and so is no header."""
    names: dict[str, Column] = {name: column for column, known in _NAMES.items() for name in known}
    names.update(dict.fromkeys(_codes(direction.target), "target"))
    names.update(dict.fromkeys(_codes(direction.source), "source"))
    found = {place: names[name] for place, cell in enumerate(cells) if (name := _plain_name(cell)) in names}
    names_source = any(_plain_name(cell) in ("source", "src", *_codes(direction.source)) for cell in cells)
    is_told = len(found) > 1 or len(cells) == 1 or names_source
    return found if "source" in found.values() and is_told else {}


def _codes(lang: str) -> tuple[str, ...]:
    return (_plain_name(lang), base_language(lang).lower())


def _plain_name(cell: str) -> str:
    return " ".join(cell.casefold().replace("_", " ").replace("-", " ").split())


def _require_target(path: Path | str, header: dict[int, Column], cells: Sequence[str]) -> None:
    if not {"target", "keep", "forbidden"} & set(header.values()):
        raise CorpusError(
            f"no column of translations: {shown(', '.join(filter(None, cells)))}.",
            where=f"{path}:1",
            fix="Name one 'target', or by the code of the language.",
        )


def _terms(path: Path | str, line: int, cells: Sequence[str], header: dict[int, Column] | None) -> list[Term]:
    try:
        terms = _named(cells, header) if header else [Term(cells[0], target) for target in cells[1:] if target]
        _require_words(cells, terms)
    except ValueError as error:
        fix = "Say yes or no there." if "neither yes nor no" in str(error) else "Mend the line, or leave it out."
        raise CorpusError(f"{error}.", where=f"{path}:{line}", fix=fix) from None
    return terms


def _require_words(cells: Sequence[str], terms: Sequence[Term]) -> None:
    line = shown(" ".join(filter(None, cells)))
    if not terms:
        missing = "translation" if split_term_words(cells[0]) else "word"
        raise ValueError(f"no {missing} in this line: '{line}'")
    for term in terms:
        if not split_term_words(term.source) or not split_term_words(term.target):
            missing = "translation" if split_term_words(term.source) else "word"
            raise ValueError(f"no {missing} in this line: '{line}'")


def _named(cells: Sequence[str], header: dict[int, Column]) -> list[Term]:
    """The terms of a line; ValueError saying which cell cannot be understood."""
    found: dict[Column, list[str]] = {column: [] for column in _NAMES}
    for place, column in header.items():
        if place < len(cells) and cells[place]:
            found[column].append(cells[place])
    one = {column: (values or [""])[0] for column, values in found.items()}
    source, keeps = one["source"], _is(one["keep"], _YES, _NO, "do not translate")
    targets = [part for cell in found["target"] for part in _parts(cell)]
    flagged, forbidden = _forbidden(one["forbidden"], one["status"])
    if keeps and (others := [target for target in targets if target != source]):
        raise ValueError(f"it says 'do not translate', and has the translation '{others[0]}'")
    terms = (
        [Term(source, source, is_kept=True)]
        if keeps
        else [Term(source, target, forbidden=flagged) for target in targets]
    )
    terms += [Term(source, target, forbidden=True) for target in forbidden]
    match_case = keeps if not one["case"] else _is(one["case"], _EXACT, _ANY, "case")
    return [replace(term, part_of_speech=one["part_of_speech"], match_case=match_case) for term in terms]


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(BETWEEN) if part.strip()]


def _forbidden(cell: str, status: str) -> tuple[bool, list[str]]:
    """Whether the translations of the line are forbidden, and which others are: the cell says yes, no, or words."""
    if cell.casefold() in _YES or (status and is_forbidden_status(status)):
        return True, []
    if cell.casefold() in _NO:
        return False, []
    return False, _parts(cell)


def _is(cell: str, yes: set[str], no: set[str], column: str) -> bool:
    if cell.casefold() in yes | no:
        return cell.casefold() in yes
    raise ValueError(f"'{shown(cell)}' in the column '{column}' is neither yes nor no")
