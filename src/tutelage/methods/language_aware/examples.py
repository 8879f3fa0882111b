"""The stages `pairs`, `examples` and `conflicts`: what is trained on, and what is trained against."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.core.records import Example, Pair, Rejection
from tutelage.core.stage import Stage, Work
from tutelage.corpora.filters import TextFilter
from tutelage.corpora.held_back import HeldBack
from tutelage.corpora.texts import Text
from tutelage.methods.language_aware.conflicts import ConflictSource, count_directions, draw_conflicts
from tutelage.methods.language_aware.directions import KnownDirection, zero_shot_directions
from tutelage.methods.language_aware.settings import PolicyName, UnlikelihoodSettings
from tutelage.stages.context import StepContext
from tutelage.stages.rejections import tell_rejections
from tutelage.stages.student import example_of
from tutelage.storage.stages import StageTable


@dataclass(frozen=True, slots=True)
class NamedText:
    """The parallel text of one supervised direction."""

    name: str
    """Of the direction, such as `en-de`."""
    text: Text


@dataclass(frozen=True, slots=True)
class PairsInputs:
    """The texts of all supervised directions, and every text that must not be trained on, of any direction."""

    texts: tuple[NamedText, ...]
    tests: tuple[Text, ...]
    filters: TextFilter


def sift_pairs(inputs: PairsInputs, work: Work) -> Iterator[Pair | Rejection]:
    """The pairs that are fit to be trained on; neither side of one is in any test set."""
    held_text = HeldBack(inputs.tests).read_both_sides(stage=PAIRS.name)
    for one in inputs.texts:
        yield from inputs.filters.pairs(_named_pairs(one), without=held_text, runner=work.runner)


@dataclass(frozen=True, slots=True)
class ExamplesInputs:
    """The pairs that are trained on."""

    pairs: StageTable[Pair]


def ask_by_direction(inputs: ExamplesInputs, _: Work) -> Iterator[Example]:
    """One example for each pair, asked under its own direction."""
    return (example_of(pair, kind="parallel") for pair in inputs.pairs)


@dataclass(frozen=True, slots=True)
class ConflictsInputs:
    """The examples, and where their wrong directions come from."""

    examples: StageTable[Example]
    policy: PolicyName
    draws: int
    zero_shot: tuple[Direction, ...]
    says_source: bool
    seed: int


def draw_all_conflicts(inputs: ConflictsInputs, _: Work) -> Iterator[Example | Rejection]:
    """The examples with wrong directions, once for each draw."""
    counts = count_directions(inputs.examples)
    source = ConflictSource(inputs.policy, counts, inputs.zero_shot, inputs.says_source)
    for draw in range(inputs.draws):
        yield from draw_conflicts(inputs.examples, source, seed=inputs.seed, draw=draw)


PAIRS = Stage("pairs", 2, Pair, sift_pairs)
EXAMPLES = Stage("examples", 2, Example, ask_by_direction)
CONFLICTS = Stage("conflicts", 3, Example, draw_all_conflicts)


def pairs_stage(context: StepContext, directions: Sequence[KnownDirection]) -> StageTable[Pair]:
    """The pairs of all supervised directions, filtered with counts; CorpusError if one of them has none left."""
    supervised = [one for one in directions if one.is_supervised]
    tests = (one.texts.text("test") for one in directions if one.is_measured)
    inputs = PairsInputs(
        texts=tuple(NamedText(one.name, one.texts.text("parallel")) for one in supervised),
        tests=(*context.held_back.texts, *tests),
        filters=context.text_filter(),
    )
    pairs = context.folder.make(PAIRS, inputs)
    left = {(pair.source.lang, pair.target.lang) for pair in pairs}
    for one in supervised:
        if (one.direction.source, one.direction.target) not in left:
            raise CorpusError(
                f"nothing of the parallel text is left to train on in the direction {one.direction}."
                + tell_rejections(pairs.rejections()),
                where=one.place if one.place != "direction" else "text.parallel",
                fix="Look at pairs.rejected.parquet for the reasons, or give more text.",
            )
    return pairs


def conflicts_stage(
    context: StepContext,
    examples: StageTable[Example],
    *,
    settings: UnlikelihoodSettings,
    directions: Sequence[KnownDirection],
    says_source: bool,
) -> StageTable[Example]:
    """The same examples, each with a wrong direction if one can be drawn; CorpusError if none has one.

    With `refreshed`, as many copies of them as training takes passes, each with a draw of its own.
    """
    inputs = ConflictsInputs(
        examples=examples,
        policy=settings.conflicts,
        draws=count_draws(settings),
        zero_shot=zero_shot_directions(directions),
        says_source=says_source,
        seed=context.recipe.seed,
    )
    conflicts = context.folder.make(CONFLICTS, inputs)
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


def _named_pairs(named: NamedText) -> Iterator[Pair]:
    """Pairs with ids that tell their direction: one line of a file may serve many."""
    for pair in named.text.pairs():
        source, target = (replace(side, id=f"{named.name}:{side.id}") for side in (pair.source, pair.target))
        yield Pair(source, target, pair.provenance)
