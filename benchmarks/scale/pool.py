"""A pool of real text for the benchmarks of scale, repeated with other ids where there is too little of it."""

from __future__ import annotations

from pathlib import Path

from benchmarks.speed.material import MANY, choose_pairs
from tutelage.core.records import Hypothesis, Pair, Segment
from tutelage.storage.stages import StageTable, open_stage
from tutelage.storage.tables import write_table


def write_drafts(path: Path, count: int) -> StageTable[Hypothesis]:
    """So many segments with people's translations in a student's place, each told from its copies by its number."""
    write_table(path, map(_draft, range(count), choose_pairs(None, count, name=MANY)), Hypothesis, key="drafts")
    return open_stage(path, Hypothesis)


def _draft(number: int, pair: Pair) -> Hypothesis:
    segment = Segment(str(number), f"{pair.source.text} {number}", pair.source.lang)
    return Hypothesis(segment, f"{pair.target.text} {number}", "draft")
