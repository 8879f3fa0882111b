"""The stage `pairs`: parallel text worth training on, none of it in a test set."""

from __future__ import annotations

from collections.abc import Iterator

from tutelage.core.errors import CorpusError
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.corpora.held_back import LEAKED
from tutelage.stages.context import StepContext
from tutelage.stages.pool import filtered, filters_key, held_back_index, held_back_keys
from tutelage.storage.stages import StageTable


def pairs_stage(context: StepContext) -> StageTable[Pair]:
    """The pairs of `text.parallel`, filtered with counts; CorpusError where none is left."""
    key = content_key("pairs", 1, context.texts.key("parallel"), *held_back_keys(context), filters_key(context))
    pairs = context.folder.table("pairs", Pair, key=key, produce=lambda: _produce(context))
    if pairs.rows == 0:
        raise CorpusError(
            f"nothing of the parallel text is left to train on in the direction {context.recipe.direction.direction}.",
            where="text.parallel",
            fix="Look at pairs.rejected.parquet for the reasons, or give more text.",
        )
    return pairs


def sources_stage(context: StepContext, pairs: StageTable[Pair]) -> StageTable[Segment]:
    """The stage `sources`: the source side of the pairs, for the student to translate."""
    key = content_key("sources", 1, pairs.key)
    return context.folder.table("sources", Segment, key=key, produce=lambda: (pair.source for pair in pairs))


def _produce(context: StepContext) -> Iterator[Pair | Rejection]:
    index, rejections = held_back_index(context), list[Rejection]()
    for pair in filtered(context.texts.pairs("parallel"), context, rejections):
        if index.find(pair.id, pair.source.text) is None:
            yield pair
        else:
            yield Rejection(pair.id, "pairs", LEAKED, raw=pair.source.text, provenance=pair.provenance)
    yield from rejections
