"""The strategies by name, which say what of the pool is worth a question.

A new one is a function and a line here, or an entry point of the group `tutelage.selectors` that names a `Strategy`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tutelage.core.records import Segment
from tutelage.core.registry import Registry
from tutelage.corpora.normalising import short_hash
from tutelage.corpora.texts import Text
from tutelage.stages.selection.certainty import Certainty
from tutelage.stages.selection.coverage import coverage_scores
from tutelage.stages.selection.neighbours import Neighbourhood, turns
from tutelage.stages.selection.wording import lengths, novelties, rarities
from tutelage.storage.stages import StageTable

SELECTORS = Registry(
    "selection strategy",
    {
        "agreement": "tutelage.stages.selection.strategies:AGREEMENT",
        "confidence": "tutelage.stages.selection.strategies:CONFIDENCE",
        "coverage": "tutelage.stages.selection.strategies:COVERAGE",
        "density": "tutelage.stages.selection.strategies:DENSITY",
        "diversity": "tutelage.stages.selection.strategies:DIVERSITY",
        "dropout": "tutelage.stages.selection.strategies:DROPOUT",
        "length": "tutelage.stages.selection.strategies:LENGTH",
        "novelty": "tutelage.stages.selection.strategies:NOVELTY",
        "random": "tutelage.stages.selection.strategies:RANDOM",
        "rarity": "tutelage.stages.selection.strategies:RARITY",
    },
    group="tutelage.selectors",
)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The pool, and what is known of it before a teacher is asked; `None` is what no strategy of the recipe reads."""

    pool: StageTable[Segment]
    part: float
    """Share of the pool that will be taken, about."""
    seed: int
    known: Text | None = None
    """Parallel text that the student was trained on, if the recipe names it."""
    confidences: StageTable[Certainty] | None = None
    """Mean log-probability of the student's own translation, in the pool's order."""
    agreements: StageTable[Certainty] | None = None
    """How far the likeliest outputs of the student agree, in the pool's order."""
    dropouts: StageTable[Certainty] | None = None
    """How little the student sways if parts of it are left out, in the pool's order."""
    neighbours: StageTable[Neighbourhood] | None = None
    """Where each segment lies among the others by its meaning, in the pool's order."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """A way to tell what of the pool is worth a question."""

    signature: str
    """Name and version; another one where the scores become others."""
    idea: str
    """Which segments come first: the end of a sentence."""
    score: Callable[[Candidates], Iterable[float]]
    """One for each segment, in the pool's order; the higher is asked about first, a hash decides between equals."""
    reads: frozenset[str] = frozenset()
    """Names of the candidates' fields that it looks at besides the pool."""


def load_strategy(name: str) -> Strategy:
    """The strategy called `name`; UsageError if there is none or it is none."""
    return SELECTORS.load_instance(name, Strategy)


def place_of(segment: Segment, *, seed: int) -> float:
    """Where between 0 and 1 a segment falls by its id: the same on every machine and in every order."""
    return short_hash(str(seed), segment.id) / 2**64


def at_random(candidates: Candidates) -> Iterator[float]:
    """By hash of the id: the control that every other strategy must beat."""
    return (-place_of(segment, seed=candidates.seed) for segment in candidates.pool)


def by_confidence(candidates: Candidates) -> Iterator[float]:
    """Least likely first."""
    return (-one.value for one in candidates.confidences or ())


def by_agreement(candidates: Candidates) -> Iterator[float]:
    """Least agreement first."""
    return (-one.value for one in candidates.agreements or ())


def by_dropout(candidates: Candidates) -> Iterator[float]:
    """Most swayed first."""
    return (-one.value for one in candidates.dropouts or ())


def by_density(candidates: Candidates) -> Iterator[float]:
    """Those first that have most company."""
    return (one.density for one in candidates.neighbours or ())


def by_diversity(candidates: Candidates) -> Iterator[float]:
    """The most typical of each group first, then the next of each."""
    return turns(candidates.neighbours or ())


def by_coverage(candidates: Candidates) -> Iterator[float]:
    """Greedily, what covers most of the pool that the student has not been trained on."""
    return coverage_scores(candidates.pool, _Known(candidates.known), part=candidates.part)


def by_novelty(candidates: Candidates) -> Iterator[float]:
    """Most words first that the student was not trained on."""
    return novelties(candidates.pool, _Known(candidates.known))


def by_rarity(candidates: Candidates) -> Iterator[float]:
    """Rarest words first."""
    return rarities(candidates.pool)


def by_length(candidates: Candidates) -> Iterator[float]:
    """Longest first."""
    return lengths(candidates.pool)


@dataclass(frozen=True, slots=True)
class _Known:
    text: Text | None

    def __iter__(self) -> Iterator[Segment]:
        if self.text is not None and self.text.is_named:
            yield from (pair.source for pair in self.text.pairs())


RANDOM = Strategy("random-1", "drawn at random", at_random)
CONFIDENCE = Strategy(
    "confidence-1", "those whose translation the student itself finds least likely", by_confidence,
    frozenset({"confidences"}),
)  # fmt: skip
AGREEMENT = Strategy(
    "agreement-1", "those that the student translates in ways that agree least", by_agreement,
    frozenset({"agreements"}),
)  # fmt: skip
COVERAGE = Strategy(
    "coverage-1", "those whose words stand for most of the pool and are new to the student", by_coverage,
    frozenset({"known"}),
)  # fmt: skip
NOVELTY = Strategy(
    "novelty-1", "those with most words and word pairs that the student was not trained on", by_novelty,
    frozenset({"known"}),
)  # fmt: skip
RARITY = Strategy("rarity-1", "those whose words and word pairs are rarest in the pool", by_rarity)
LENGTH = Strategy("length-1", "the longest ones", by_length)
DROPOUT = Strategy(
    "dropout-1", "those whose translation the student rates most differently if parts of it are left out", by_dropout,
    frozenset({"dropouts"}),
)  # fmt: skip
DENSITY = Strategy(
    "density-1", "those that most others are near to in meaning", by_density, frozenset({"neighbours"})
)  # fmt: skip
DIVERSITY = Strategy(
    "diversity-1", "as many of each group of similar meaning, the most typical ones", by_diversity,
    frozenset({"neighbours"}),
)  # fmt: skip
