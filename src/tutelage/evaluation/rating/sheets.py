"""Sheets of ratings: CSV that spreadsheets read, with one line for each text and its ratings or blanks."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from tutelage.evaluation.rating.blinding import BlindItem, BlindText
from tutelage.evaluation.rating.rubric import CRITERION_NAMES
from tutelage.evaluation.report import show_controls

COLUMNS = ("rater", "item", "letter", "source", "text", *CRITERION_NAMES)
NEEDED = tuple(name for name in COLUMNS if name != "source")
"""Columns that a filled sheet must still have."""
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel does not take the file for UTF-8."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Values = tuple[int | None, ...]
"""Ratings in the order of the criteria; `None` if one is missing."""
BLANK: Values = (None,) * len(CRITERION_NAMES)


def render_sheet(rows: Iterable[tuple[BlindItem, BlindText, Values]], *, rater: str) -> str:
    """The whole sheet of one rater, in the order of the rows."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for item, text, values in rows:
        shown = ("" if value is None else value for value in values)
        told = (shield_cell(rater), item.number, text.letter, shield_cell(item.source), shield_cell(text.text))
        writer.writerow((*told, *shown))
    return BYTE_ORDER_MARK + stream.getvalue()


def shield_cell(text: str) -> str:
    """The text as a spreadsheet may open it: no formula begins, and no control character hides."""
    shown = show_controls(text)
    return f"'{shown}" if shown.startswith(_FORMULA_STARTS) else shown


def unshield_cell(cell: str) -> str:
    """The text of a cell, its apostrophe before a formula's first character taken away."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA_STARTS) else cell
