"""The stage `distinct`: the pool without what is almost an earlier segment of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from tutelage.core.records import Rejection, Segment
from tutelage.core.stage import Stage, Work
from tutelage.corpora.near_duplicates import Near, find_near_duplicates
from tutelage.storage.stages import StageTable

NEAR_DUPLICATE = "near_duplicate"


@dataclass(frozen=True, slots=True)
class DistinctInputs:
    """What is looked through, and how alike two segments may not be."""

    pool: StageTable[Segment]
    likeness: float


def drop_near_duplicates(inputs: DistinctInputs, work: Work) -> Iterator[Segment | Rejection]:
    """The segments in the pool's order; a rejection tells which kept one it is almost the same as.

    What the pool left out is told here too: this table takes the pool's place in all that follows.
    """
    yield from inputs.pool.rejections()
    work.progress.start("near-duplicates", total=inputs.pool.rows)
    shutil.rmtree(work.scratch, ignore_errors=True)
    work.scratch.mkdir(parents=True)
    try:
        texts = ((segment.text, segment.lang) for segment in inputs.pool)
        found = find_near_duplicates(texts, work.scratch, likeness=inputs.likeness)
        near = next(found, None)
        for place, segment in enumerate(inputs.pool):
            if near is None or near.place != place:
                yield segment
            else:
                yield _rejected(segment, near)
                near = next(found, None)
            work.progress.advance()
    finally:
        shutil.rmtree(work.scratch, ignore_errors=True)
    work.progress.finish()


def _rejected(segment: Segment, near: Near) -> Rejection:
    raw = f"{segment.text}\t{near.earlier_text}"
    return Rejection(segment.id, DISTINCT.name, NEAR_DUPLICATE, raw=raw, provenance=segment.provenance)


DISTINCT = Stage("distinct", 1, Segment, drop_near_duplicates)
