"""What a run's student was trained on, as a translation memory for other tools."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tutelage.core.errors import UsageError, UserError
from tutelage.core.languages import Direction
from tutelage.core.records import Example, Pair, Provenance, Segment
from tutelage.corpora.formats.registry import format_name
from tutelage.corpora.formats.xml.tmx import write_tmx
from tutelage.corpora.normalising import short_hash
from tutelage.storage.tables import read_table
from tutelage.students.naming import direction_of_run
from tutelage.students.promoted import require_run_folder

REHEARSED = frozenset({"rehearsal", "self-distilled", "stable"})
"""Kinds of examples in which the student repeats itself: nothing was learned by them."""


def export_learned(run: Path, out: Path | str) -> int:
    """Write the translations that the run's student was trained on to `out`, as TMX; how many there are.

    Each pair is there once, with its kind (`post-edit`, `context`, `distilled`, …) as its origin; what was only
    rehearsed is left out. UserError if the run has made no examples.
    """
    direction = direction_of_run(require_run_folder(run))
    if direction.is_paraphrase:
        raise UsageError("this run stays in one language, and a memory holds two.", where=str(run))
    if format_name(out) != "tmx":
        raise UsageError("a memory is written as TMX.", where=str(out), fix="Give a name that ends in .tmx.")
    tables = sorted(run.rglob("examples.parquet"))
    if not tables:
        raise UserError("the run has made no examples.", where=str(run), fix="Let it come to its training first.")
    return write_tmx(_pairs(tables, direction), out, direction=direction)


def _pairs(tables: list[Path], direction: Direction) -> Iterator[Pair]:
    seen: set[int] = set()
    for table in tables:
        for example in read_table(table, Example):
            is_wanted = example.task == "translate" and example.direction == direction
            key = short_hash(example.source, example.target)
            if is_wanted and example.kind not in REHEARSED and not example.messages and key not in seen:
                seen.add(key)
                yield _pair(example)


def _pair(example: Example) -> Pair:
    provenance: Provenance = replace(example.provenance, origin=example.kind)
    source = Segment(example.id, example.source, example.source_lang)
    return Pair(source, Segment(example.id, example.target, example.target_lang), provenance)
