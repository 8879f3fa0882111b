"""The languages of outputs as rows of text, for the report and for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from tutelage.core.languages import NAMES, base_language, language_name
from tutelage.evaluation.figures import format_share
from tutelage.evaluation.off_target.confusion import Confusion

_OTHERS_SHOWN = 3
"""Languages that are named of those that are neither asked for nor expected."""


def language_table(confusions: Sequence[Confusion]) -> list[tuple[str, ...]]:
    """A header, and a row for each system and direction; columns that are empty everywhere are left out.

    The ratio *of the told* leaves the unknown ones out, which count as on target in *off-target*.
    """
    found = ("target", "source", "English", "others", "empty", "unknown", "off-target", "of the told")
    header = ("system", "direction", "segments", *found)
    rows = [_row(confusion) for confusion in confusions]
    kept = [place for place in range(len(header)) if place < 4 or any(row[place] != "0" for row in rows)]
    return [tuple(row[place] for place in kept) for row in (header, *rows)]


def _row(confusion: Confusion) -> tuple[str, ...]:
    unknown = f"{confusion.unknown:,}"
    if confusion.unknown:
        unknown = f"{unknown} ({format_share(confusion.unknown, whole=confusion.n)})"
    return (
        confusion.system,
        f"{confusion.source_lang}→{confusion.target_lang}",
        *(f"{count:,}" for count in (confusion.n, confusion.target, confusion.source, confusion.english)),
        _name_others(confusion),
        f"{confusion.empty:,}",
        unknown,
        _share(confusion.off_target, confusion.n),
        _share(confusion.off_target, confusion.n - confusion.unknown) if confusion.unknown else "0",
    )


def _share(count: int, whole: int) -> str:
    return format_share(count, whole=whole) if count else "0"


def _name_others(confusion: Confusion) -> str:
    """`12 (Spanish 7, French 3, Dutch 1, …)`, or 0."""
    if not confusion.others:
        return "0"
    shown = [f"{_name(one.lang)} {one.count:,}" for one in confusion.others[:_OTHERS_SHOWN]]
    more = ["…"] if len(confusion.others) > _OTHERS_SHOWN else []
    return f"{sum(one.count for one in confusion.others):,} ({', '.join([*shown, *more])})"


def _name(lang: str) -> str:
    if lang == "und":
        return "another script"
    return language_name(lang) if base_language(lang) in NAMES else lang
