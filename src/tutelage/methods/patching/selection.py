"""Selection: which of the flagged segments are worth training on, as strategies that can be compared.

All strategies give candidates in the order in which they would be taken; the budget cuts the order. The paper
(MT-Patcher, arXiv 2403.09522) takes all that are flagged; the others are ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tutelage.core.records import Feedback
from tutelage.core.stage import Stage, Work
from tutelage.methods.patching.settings import SelectSettings
from tutelage.stages.selection.coverage import cover
from tutelage.storage.stages import StageTable


@dataclass(frozen=True, slots=True)
class Candidate:
    """A flagged segment, as far as selection looks at it."""

    id: str
    words: tuple[str, ...]
    """The distinct words of the post-edit that the hypothesis lacks, in lower case."""
    target_words: int
    quality: float
    """Agreement of the hypothesis with the teacher, 0 to 1."""
    right_words: tuple[str, ...] = ()
    """The distinct words of the post-edit that the hypothesis has."""


@dataclass(frozen=True, slots=True)
class Selected:
    """One segment that was taken, in what place."""

    id: str
    rank: int
    target_words: int


Strategy = Callable[[Sequence[Candidate], SelectSettings, np.random.Generator], Iterable[Candidate]]


def select(
    candidates: Sequence[Candidate], settings: SelectSettings, *, pool_segments: int, generator: np.random.Generator
) -> Iterator[Selected]:
    """The candidates that the strategy takes within the budget, in their order."""
    most = len(candidates) if settings.share is None else round(settings.share * pool_segments)
    words = 0
    for rank, candidate in enumerate(STRATEGIES[settings.strategy](candidates, settings, generator)):
        words += candidate.target_words
        if rank >= most or (settings.target_words is not None and words > settings.target_words):
            return
        yield Selected(candidate.id, rank, candidate.target_words)


def make_candidate(feedback: Feedback) -> Candidate:
    """What selection sees of a flagged feedback."""
    post_edit = feedback.post_edit or ""
    words = post_edit.lower().split()
    wanted, written = set(words), set(feedback.hypothesis.text.lower().split())
    quality = 0.0 if feedback.quality is None else feedback.quality
    lacking, right = tuple(sorted(wanted - written)), tuple(sorted(wanted & written))
    return Candidate(feedback.id, lacking, len(words), quality, right)


def take_all(
    candidates: Sequence[Candidate], settings: SelectSettings, generator: np.random.Generator
) -> Iterable[Candidate]:
    """All that are flagged (paper); shuffled, so that a budget cuts at random and not by place in the pool."""
    return take_random(candidates, settings, generator)


def take_random(
    candidates: Sequence[Candidate], _: SelectSettings, generator: np.random.Generator
) -> Iterable[Candidate]:
    """The control that every other strategy must beat."""
    return (candidates[index] for index in generator.permutation(len(candidates)))


def take_below_threshold(
    candidates: Sequence[Candidate], settings: SelectSettings, generator: np.random.Generator
) -> Iterable[Candidate]:
    """Those that agree with the teacher less than `quality_below`, in random order."""
    limit = 1.0 if settings.quality_below is None else settings.quality_below
    return take_random([candidate for candidate in candidates if candidate.quality < limit], settings, generator)


def take_worst(candidates: Sequence[Candidate], _: SelectSettings, __: np.random.Generator) -> Iterable[Candidate]:
    """Lowest agreement first."""
    return sorted(candidates, key=lambda candidate: (candidate.quality, candidate.id))


def take_by_coverage(
    candidates: Sequence[Candidate], settings: SelectSettings, _: np.random.Generator
) -> Iterator[Candidate]:
    """Greedily, the segment whose error words cover most of the errors still expected in the rest of the pool.

    A word's worth is what `expected_errors` says, and falls by `decay` each time it is covered.
    """
    worth = expected_errors(candidates)
    cost = [max(candidate.target_words, 1) ** settings.length_power for candidate in candidates]
    for taken in cover([one.words for one in candidates], worth, cost, decay=settings.decay):
        yield candidates[taken.index]


def expected_errors(candidates: Sequence[Candidate]) -> dict[str, float]:
    """For each error word: how many *other* segments lack it, times the share of its occurrences that are errors.

    The share keeps frequent function words from counting as much as words that the student does not know: `de` is
    lacking in many segments, but in few of those that need it. A word that one segment lacks tells nothing of the rest.
    """
    lacking = Counter(word for candidate in candidates for word in candidate.words)
    right = Counter(word for candidate in candidates for word in candidate.right_words)
    return {word: (count - 1) * count / (count + right[word]) for word, count in lacking.items()}


STRATEGIES: dict[str, Strategy] = {
    "all": take_all,
    "threshold": take_below_threshold,
    "random": take_random,
    "worst": take_worst,
    "coverage": take_by_coverage,
}


@dataclass(frozen=True, slots=True)
class SelectedInputs:
    """The feedback that is chosen from, and the strategy with its budget."""

    feedback: StageTable[Feedback]
    settings: SelectSettings
    pool_segments: int
    seed: int


def select_flagged(inputs: SelectedInputs, _: Work) -> Iterator[Selected]:
    """The flagged segments that the strategy takes within its budget, in the order of their choice."""
    candidates = [make_candidate(item) for item in inputs.feedback if item.flagged]
    generator = np.random.default_rng(inputs.seed)
    return select(candidates, inputs.settings, pool_segments=inputs.pool_segments, generator=generator)


SELECTED = Stage("selected", 2, Selected, select_flagged)
