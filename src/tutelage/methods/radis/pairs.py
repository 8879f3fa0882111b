"""The stages `pairs` and `sources`: parallel text worth training on, none of it in a test set, and its source side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tutelage.core.errors import CorpusError
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.core.stage import Stage, Work
from tutelage.corpora.filters import TextFilter
from tutelage.corpora.held_back import HeldBack
from tutelage.corpora.texts import Text
from tutelage.stages.context import StepContext
from tutelage.stages.rejections import tell_rejections
from tutelage.storage.stages import StageTable


@dataclass(frozen=True, slots=True)
class PairsInputs:
    """What the pairs are taken from."""

    text: Text
    held_back: HeldBack
    filters: TextFilter


def sift_pairs(inputs: PairsInputs, work: Work) -> Iterator[Pair | Rejection]:
    """The pairs that are fit to be trained on."""
    held_text = inputs.held_back.read(stage=PAIRS.name)
    return inputs.filters.pairs(inputs.text.pairs(), without=held_text, runner=work.runner)


@dataclass(frozen=True, slots=True)
class SourcesInputs:
    """The pairs whose source side is translated."""

    pairs: StageTable[Pair]


def take_sources(inputs: SourcesInputs, _: Work) -> Iterator[Segment]:
    """The source side of the pairs, for the student to translate."""
    return (pair.source for pair in inputs.pairs)


PAIRS = Stage("pairs", 2, Pair, sift_pairs)
SOURCES = Stage("sources", 2, Segment, take_sources)


def pairs_stage(context: StepContext) -> StageTable[Pair]:
    """The pairs of `text.parallel`, filtered with counts; CorpusError if none is left."""
    inputs = PairsInputs(context.texts.text("parallel"), context.held_back, context.text_filter())
    pairs = context.folder.make(PAIRS, inputs)
    if pairs.rows == 0:
        raise CorpusError(
            f"nothing of the parallel text is left to train on in the direction {context.recipe.direction.direction}."
            + tell_rejections(pairs.rejections()),
            where="text.parallel",
            fix="Look at pairs.rejected.parquet for the reasons, or give more text.",
        )
    return pairs
