"""Ratings read from filled sheets, each mistake told with its file and line."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tutelage.core.counts import counted
from tutelage.core.errors import did_you_mean
from tutelage.evaluation.rating.blinding import BlindItem, BlindSet, fold
from tutelage.evaluation.rating.rubric import CRITERION_NAMES, HIGHEST, LOWEST
from tutelage.evaluation.rating.sheets import BYTE_ORDER_MARK, NEEDED, Values, unshield_cell
from tutelage.evaluation.report import show_controls

_DELIMITERS = (",", ";", "\t")
"""Spreadsheets write `;` where the comma is the decimal sign."""
_SHOWN_GAPS = 5
_LONGEST_SHOWN = 60
_LONGEST_NUMBER = 9
"""Digits; no set has so many items, and Python refuses to read thousands."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What one rater said of one text."""

    rater: str
    item: int
    letter: str
    values: Values
    where: str = ""
    """File and line."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds, and what is wrong with it."""

    ratings: tuple[Rating, ...]
    problems: tuple[str, ...]


def parse_sheet(text: str, *, name: str, blind: BlindSet) -> Sheet:
    """The ratings of one file of that name; they are of use only if there are no problems."""
    text = text.removeprefix(BYTE_ORDER_MARK)
    header = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = [column.strip() for column in reader.fieldnames or ()]
    except csv.Error as error:
        return Sheet((), (f"{name}:1: not CSV ({error}).",))
    reader.fieldnames = columns
    missing = [column for column in NEEDED if column not in columns]
    if missing:
        told = (f"{name}:1: the column '{column}' is missing. {did_you_mean(column, columns)}" for column in missing)
        return Sheet((), tuple(line.strip() for line in told))
    return _read_rows(reader, name, {item.number: item for item in blind.items})


def find_conflicts(sheets: Sequence[Sheet]) -> list[str]:
    """Ratings that one rater gave twice, in one file or in two."""
    first: dict[tuple[str, int, str], str] = {}
    problems = []
    for rating in (rating for sheet in sheets for rating in sheet.ratings):
        key = (rating.rater, rating.item, rating.letter)
        if key in first:
            problems.append(
                f"{rating.where}: rater '{_short(rating.rater)}' rates item {rating.item}, text {rating.letter} twice; "
                f"first in {first[key]}. Give every rater a name of their own, and each file once."
            )
        first.setdefault(key, rating.where)
    return problems


def count_missing(ratings: Sequence[Rating], *, blind: BlindSet) -> dict[str, int]:
    """By rater, how many of the ratings asked for are blank or not there at all."""
    asked = blind.texts * len(CRITERION_NAMES)
    given: Counter[str] = Counter()
    for rating in ratings:
        given[rating.rater] += sum(value is not None for value in rating.values)
    return {rater: asked - count for rater, count in given.items()}


def find_gaps(ratings: Sequence[Rating], *, blind: BlindSet, allowed: float) -> list[str]:
    """Raters who left out more than the allowed share (0 to 1), with the first places."""
    asked = blind.texts * len(CRITERION_NAMES)
    problems = []
    for rater, missing in count_missing(ratings, blind=blind).items():
        if missing <= allowed * asked:
            continue
        places = list(_gaps([rating for rating in ratings if rating.rater == rater], blind))
        shown = "; ".join(places[:_SHOWN_GAPS]) + ("; …" if len(places) > _SHOWN_GAPS else "")
        problems.append(
            f"rater '{_short(rater)}' left out {missing:,} of {counted(asked, 'rating')} ({missing / asked:.1%}): "
            f"{shown}"
        )
    return problems


def _read_rows(reader: csv.DictReader[str], name: str, items: Mapping[int, BlindItem]) -> Sheet:
    ratings: list[Rating] = []
    problems: list[str] = []
    begin = reader.line_num + 1
    try:
        for row in reader:
            where, begin = f"{name}:{begin}", reader.line_num + 1
            found = _read_row({key: value or "" for key, value in row.items() if isinstance(key, str)}, items, where)
            if isinstance(found, Rating):
                ratings.append(found)
            else:
                problems += [f"{where}: {problem}" for problem in found]
    except csv.Error as error:
        problems.append(f"{name}:{begin}: not CSV ({error}).")
    return Sheet(tuple(ratings), tuple(problems))


def _read_row(row: Mapping[str, str], items: Mapping[int, BlindItem], where: str) -> Rating | list[str]:
    """The rating of a row, or what is wrong with it."""
    rater, letter = unshield_cell(row["rater"].strip()), row["letter"].strip().upper()
    item = items.get(_whole(row["item"]) or 0)
    if item is None:
        return [f"there is no item '{_short(row['item'])}' in this set; it has 1 to {len(items):,}."]
    text = next((text for text in item.texts if text.letter == letter), None)
    if text is None:
        return [f"item {item.number} has no text '{_short(letter)}'."]
    problems = [] if rater else ["the rater has no name."]
    if _seen(row["text"]) != _seen(text.text):
        problems.append(f"this is not text {letter} of item {item.number}; was the sheet made by another export?")
    values = []
    for name in CRITERION_NAMES:
        cell = row[name].strip()
        value = _whole(cell)
        if cell and (value is None or not LOWEST <= value <= HIGHEST):
            problems.append(f"{name} is '{_short(cell)}', not a whole number from {LOWEST} to {HIGHEST}.")
        values.append(value)
    return problems or Rating(rater, item.number, letter, tuple(values), where)


def _short(cell: str) -> str:
    """The beginning of a cell, for a message."""
    return cell if len(cell) <= _LONGEST_SHOWN else f"{cell[:_LONGEST_SHOWN]}…"


def _whole(cell: str) -> int | None:
    """The number in a cell; `4.0` and `4,0`, which spreadsheets make of 4, are 4."""
    digits = cell.strip()
    whole, _, rest = digits.replace(",", ".").partition(".")
    plain = whole.isascii() and whole.isdigit() and len(whole) <= _LONGEST_NUMBER and not rest.strip("0")
    return int(whole) if plain else None


def _seen(text: str) -> str:
    """The text as far as a spreadsheet leaves it alone."""
    return fold(show_controls(unshield_cell(text)).lstrip("'"))


def _gaps(ratings: Sequence[Rating], blind: BlindSet) -> Iterator[str]:
    rated = {(rating.item, rating.letter): rating for rating in ratings}
    for item, text in ((one, text) for one in blind.items for text in one.texts):
        rating = rated.get((item.number, text.letter))
        if rating is None:
            yield f"item {item.number}, text {text.letter} is not there"
        elif None in rating.values:
            blank = (name for name, value in zip(CRITERION_NAMES, rating.values, strict=True) if value is None)
            yield f"{rating.where} has no {', '.join(blank)}"
