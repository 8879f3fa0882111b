"""The stages `pairs`, `examples` and `conflicts`: what is trained on, and what is trained against."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from tutelage.core.errors import CorpusError
from tutelage.core.records import Example, Pair, Rejection
from tutelage.core.signatures import content_key
from tutelage.corpora.held_back import LEAKED
from tutelage.corpora.leakage import LeakageIndex
from tutelage.methods.language_aware.conflicts import ConflictSource, count_directions, draw_conflicts
from tutelage.methods.language_aware.directions import KnownDirection, zero_shot_directions
from tutelage.methods.language_aware.settings import UnlikelihoodSettings
from tutelage.stages.context import StepContext
from tutelage.stages.pool import HELD_BACK, filtered, filters_key, held_back_keys
from tutelage.stages.student import example_of
from tutelage.storage.stages import StageTable


def pairs_stage(context: StepContext, directions: Sequence[KnownDirection]) -> StageTable[Pair]:
    """The pairs of all supervised directions, filtered with counts; CorpusError where one of them has none left.

    Neither side of a pair is in any test set, whatever its language or direction.
    """
    supervised = [one for one in directions if one.is_supervised]
    key = content_key(
        "pairs", 1, [(one.name, one.texts.key("parallel")) for one in supervised],
        [one.texts.key("test") for one in directions], held_back_keys(context), filters_key(context),
    )  # fmt: skip
    produce = lambda: _produce_pairs(context, directions)  # noqa: E731
    pairs = context.folder.table("pairs", Pair, key=key, produce=produce)
    left = {(pair.source.lang, pair.target.lang) for pair in pairs}
    for one in supervised:
        if (one.direction.source, one.direction.target) not in left:
            raise CorpusError(
                f"nothing of the parallel text is left to train on in the direction {one.direction}.",
                where=one.place if one.place != "direction" else "text.parallel",
                fix="Look at pairs.rejected.parquet for the reasons, or give more text.",
            )
    return pairs


def examples_stage(context: StepContext, pairs: StageTable[Pair]) -> StageTable[Example]:
    """One example for each pair, asked under its own direction."""
    key = content_key("examples", 1, "language_aware", pairs.key)
    produce = lambda: (example_of(pair, kind="parallel") for pair in pairs)  # noqa: E731
    return context.folder.table("examples", Example, key=key, produce=produce)


def conflicts_stage(
    context: StepContext,
    examples: StageTable[Example],
    *,
    settings: UnlikelihoodSettings,
    directions: Sequence[KnownDirection],
    says_source: bool,
) -> StageTable[Example]:
    """The same examples, each with a wrong direction where one can be drawn; CorpusError where none has one.

    With `refreshed`, as many copies of them as training takes passes, each with a draw of its own.
    """
    draws, zero_shot, seed = count_draws(settings), zero_shot_directions(directions), context.recipe.seed
    key = content_key("conflicts", 1, examples.key, settings.conflicts, draws, zero_shot, says_source, seed)

    def produce() -> Iterator[Example | Rejection]:
        source = ConflictSource(settings.conflicts, count_directions(examples), zero_shot, says_source)
        for draw in range(draws):
            yield from draw_conflicts(examples, source, seed=seed, draw=draw)

    conflicts = context.folder.table("conflicts", Example, key=key, produce=produce)
    if all(example.conflict is None for example in conflicts):
        raise CorpusError(
            f"no example has a wrong direction to be trained against under the policy '{settings.conflicts}'.",
            where=str(conflicts.path),
            fix="Add directions into other languages, or choose another policy in unlikelihood.conflicts.",
        )
    return conflicts


def count_draws(settings: UnlikelihoodSettings) -> int:
    """How many wrong directions each example gets."""
    return math.ceil(settings.train.epochs) if settings.refreshed else 1


def _produce_pairs(context: StepContext, directions: Sequence[KnownDirection]) -> Iterator[Pair | Rejection]:
    index, rejections = _index_of_tests(context, directions), list[Rejection]()
    for one in directions:
        if not one.is_supervised:
            continue
        named = (_named(pair, one.name) for pair in one.texts.pairs("parallel"))
        for pair in filtered(named, context, rejections):
            if _leaks(pair, index):
                raw = f"{pair.source.text}\t{pair.target.text}"
                yield Rejection(pair.id, "pairs", LEAKED, raw=raw, provenance=pair.provenance)
            else:
                yield pair
    yield from rejections


def _index_of_tests(context: StepContext, directions: Sequence[KnownDirection]) -> LeakageIndex:
    """Both sides of every test set: a test's reference may be another direction's source."""
    held_back = [context.texts.pairs(use) for use in HELD_BACK if context.texts.has(use)]
    tests = [one.texts.pairs("test") for one in directions if one.is_measured]
    pairs = chain.from_iterable([*held_back, *tests])
    return LeakageIndex.of((pair.id, side.text) for pair in pairs for side in (pair.source, pair.target))


def _leaks(pair: Pair, index: LeakageIndex) -> bool:
    return any(index.find(pair.id, side.text) is not None for side in (pair.source, pair.target))


def _named(pair: Pair, name: str) -> Pair:
    """The pair with ids that tell its direction: one line of a file may serve many."""
    source, target = (replace(side, id=f"{name}:{side.id}") for side in (pair.source, pair.target))
    return Pair(source, target, pair.provenance)
