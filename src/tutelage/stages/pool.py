"""The pool: source segments worth asking about, none of them in a test set."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from tutelage.core.errors import CorpusError
from tutelage.core.recipe import FilterSettings as RecipeFilters
from tutelage.core.records import Pair, Provenance, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.corpora.bad_lines import BadLine
from tutelage.corpora.filters import FilterCounts, FilterSettings, filter_pairs, filter_segments
from tutelage.corpora.identifiers import identifier_key
from tutelage.corpora.leakage import LeakageIndex
from tutelage.stages.context import StepContext
from tutelage.storage.stages import StageTable

HELD_BACK = ("test", "general", "dev")
LEAKED = "in_test_set"
BAD_LINE = "bad_line"
TOO_MUCH_LEAKAGE = 0.5
"""Above this share of leaking segments the pool is not a neighbour of the test set but the same text."""


def pool_stage(context: StepContext) -> StageTable[Segment]:
    """The stage `pool`: filtered, without duplicates, and without what the test sets hold."""
    key = content_key("pool", 4, context.texts.key("pool"), *held_back_keys(context), filters_key(context))
    pool = context.folder.table("pool", Segment, key=key, produce=lambda: _produce(context))
    if pool.rows == 0:
        raise CorpusError(
            "nothing of the pool is left to translate.",
            where="text.pool",
            fix="Look at pool.rejected.parquet for the reasons, or give more text.",
        )
    leaked = sum(rejection.reason == LEAKED for rejection in pool.rejections())
    if leaked > TOO_MUCH_LEAKAGE * (leaked + pool.rows):
        raise CorpusError(
            f"{leaked} of {leaked + pool.rows} segments are in the test, general or dev text too.",
            where="text.pool",
            fix="The student would be tested on what it was trained on. Give other text, or split it by `part`.",
        )
    return pool


def held_back_index(context: StepContext) -> LeakageIndex:
    """Finds text that a test set holds too."""
    uses = [use for use in HELD_BACK if context.texts.has(use)]
    segments = chain.from_iterable(context.texts.sources(use) for use in uses)
    return LeakageIndex.of((segment.id, segment.text) for segment in segments)


def held_back_keys(context: StepContext) -> list[str]:
    """Content keys of the texts that must not be trained on."""
    return [context.texts.key(use) for use in HELD_BACK]


def filters_key(context: StepContext) -> str:
    """Content key of what decides which text `filtered` lets pass, besides the text."""
    filters = context.recipe.filters
    return content_key(filters, identifier_key(context.recipe.evaluation.language_id) if filters.language else "")


def filters_for(settings: RecipeFilters) -> FilterSettings:
    """The recipe's filters in the words of corpora."""
    return FilterSettings(
        max_tokens=settings.max_words,
        max_length_ratio=settings.length_ratio,
        wrong_language=settings.language,
        placeholders_lost=settings.placeholders,
    )


def filtered(pairs: Iterator[Pair], context: StepContext, rejections: list[Rejection]) -> Iterator[Pair]:
    """The pairs that are fit to be trained on; the others go to `rejections`."""
    yield from filter_pairs(
        pairs,
        filters_for(context.recipe.filters),
        counts=FilterCounts(),
        identifier=context.identifier,
        rejected=rejections.append,
    )


def _produce(context: StepContext) -> Iterator[Segment | Rejection]:
    index = held_back_index(context)
    rejections: list[Rejection] = []
    segments = filter_segments(
        context.texts.segments("pool", bad_line=lambda bad: rejections.append(_rejection(bad))),
        filters_for(context.recipe.filters),
        counts=FilterCounts(),
        identifier=context.identifier,
        languages=(context.recipe.direction.target,),
        rejected=rejections.append,
    )
    for segment in segments:
        if index.find(segment.id, segment.text) is None:
            yield segment
        else:
            yield Rejection(segment.id, "pool", LEAKED, raw=segment.text, provenance=segment.provenance)
    yield from rejections


def _rejection(bad: BadLine) -> Rejection:
    where = f"{bad.file}:{bad.number}"
    return Rejection(where, "pool", BAD_LINE, raw=f"{bad.reason}: {bad.raw}", provenance=Provenance(origin=where))
