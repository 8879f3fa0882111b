"""The stage `pool`: source segments worth asking about, none of them in a test set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tutelage.core.counts import counted
from tutelage.core.errors import CorpusError
from tutelage.core.records import Rejection, Segment
from tutelage.core.stage import Stage, Work
from tutelage.corpora.filters import TextFilter, with_rejections
from tutelage.corpora.held_back import LEAKED, HeldBack
from tutelage.corpora.texts import Text
from tutelage.stages.context import StepContext
from tutelage.stages.distinct import DISTINCT, DistinctInputs
from tutelage.stages.rejections import tell_rejections
from tutelage.storage.stages import StageTable

TOO_MUCH_LEAKAGE = 0.5
"""Above this share of leaking segments the pool is not a neighbour of the test set but the same text."""


@dataclass(frozen=True, slots=True)
class PoolInputs:
    """What the pool is made of."""

    text: Text
    held_back: HeldBack
    filters: TextFilter


def sift_pool(inputs: PoolInputs, work: Work) -> Iterator[Segment | Rejection]:
    """The segments of the text that are fit to be trained on, without what a test set holds."""
    bad_lines: list[Rejection] = []
    segments = inputs.text.segments(bad_line=lambda bad: bad_lines.append(bad.rejection(POOL.name)))
    read = with_rejections(segments, bad_lines)
    return inputs.filters.segments(read, without=inputs.held_back.read(stage=POOL.name), runner=work.runner)


POOL = Stage("pool", 4, Segment, sift_pool)


def pool_stage(context: StepContext) -> StageTable[Segment]:
    """The pool; CorpusError if nothing is left of it, or if most of it is in a test set too."""
    filters = context.text_filter(languages=(context.recipe.direction.target,))
    pool = context.folder.make(POOL, PoolInputs(context.texts.text("pool"), context.held_back, filters))
    if pool.rows == 0:
        raise CorpusError(
            f"nothing of the pool is left to translate.{tell_rejections(pool.rejections())}",
            where="text.pool",
            fix="Look at pool.rejected.parquet for the reasons, or give more text.",
        )
    leaked = sum(rejection.reason == LEAKED for rejection in pool.rejections())
    if leaked > TOO_MUCH_LEAKAGE * (leaked + pool.rows):
        raise CorpusError(
            f"{leaked:,} of {counted(leaked + pool.rows, 'segment is', 'segments are')} in the test, general or dev "
            "text too.",
            where="text.pool",
            fix="The student would be tested on what it was trained on. Give other text, or split it by `part`.",
        )
    likeness = context.recipe.filters.near_duplicates
    return pool if likeness is None else context.folder.make(DISTINCT, DistinctInputs(pool, likeness))
