"""The text with human references that a live chat model is asked about: the options that name it, and its rows."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tutelage.core.languages import Direction
from tutelage.core.records import Pair
from tutelage.corpora.normalising import short_hash
from tutelage.corpora.reading import Reading, read_pairs
from tutelage.embedded.texts import locate_embedded_text

DIRECTION = Direction("en", "pt-BR")


def add_text_arguments(parser: argparse.ArgumentParser, *, segments: int) -> None:
    """The text, and how many segments of it; `segments` unless the user says otherwise."""
    parser.add_argument("--segments", type=int, default=segments)
    parser.add_argument("--data", type=Path, help="English text with Portuguese references; default: the shipped one")
    parser.add_argument("--only", action="append", default=[], metavar="FIELD=VALUE", help="rows of the data")


def read_rows(path: Path | None, only: Sequence[str] = ()) -> list[Pair]:
    """All rows with these fields; SystemExit if there is none."""
    text = path or locate_embedded_text("general", target_lang=DIRECTION.target)
    wanted = dict(one.split("=", 1) for one in only)
    reading = Reading(only={name: (value,) for name, value in wanted.items()})
    pairs = list(read_pairs(str(text), direction=DIRECTION, reading=reading))
    if not pairs:
        raise SystemExit(f"{text} has no row with {' and '.join(only) or 'both languages'}.")
    return pairs


def draw_rows(path: Path | None, only: Sequence[str], *, segments: int, seed: int) -> list[Pair]:
    """So many of these rows, drawn by hash."""
    return sorted(read_rows(path, only), key=lambda pair: short_hash(str(seed), pair.id))[:segments]
