"""What the trained students come to when they are asked for low, medium and high diversity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.claims.claim.scores import Resampled, draw_counts
from tutelage.evaluation.diversity.measuring import Measured, ParaphraseScorer

MEANING_FLOOR = 80.0


@dataclass(frozen=True, slots=True)
class LevelScores:
    """The students of all seeds asked for one level, on the same sentences."""

    level: str
    lexical: Resampled
    """The distance, a mean over the seeds."""
    by_seed: Sequence[float]
    meaning: float
    combined: float


def score_levels(seeds: Sequence[Mapping[str, Measured]], scorer: ParaphraseScorer) -> list[LevelScores]:
    """Each level, from what every seed's student wrote when it was asked for it."""
    counts = draw_counts(list(scorer.sources.values()))
    found = []
    for level in seeds[0]:
        measured = [one[level] for one in seeds]
        distances = np.array([[item.lexical for item in one.items] for one in measured])
        scores = [scorer.score(one, system=level, system_signature=level) for one in measured]
        meaning, combined = (
            float(np.mean([one.score(name).value for one in scores])) for name in ("meaning", "combined")
        )
        lexical = Resampled(float(distances.mean()), counts @ distances.mean(axis=0) / counts.sum(axis=1))
        found.append(LevelScores(level, lexical, distances.mean(axis=1).tolist(), meaning, combined))
    return found


def describe_levels(levels: Sequence[LevelScores]) -> Iterator[str]:
    """A table in Markdown, a line for each level."""
    yield "| asked for | lexical distance | more than the level below (95 % interval) | by seed | meaning | combined |"
    yield "|---|--:|--:|--:|--:|--:|"
    below: LevelScores | None = None
    for one in levels:
        beyond = one.lexical.minus(below.lexical).signed if below else ""
        steps = [here - there for here, there in zip(one.by_seed, below.by_seed, strict=True)] if below else []
        by_seed = ", ".join(f"{step:+.1f}" for step in steps)
        yield (
            f"| {one.level} | {one.lexical.value:.1f} | {beyond} | {by_seed} | {one.meaning:.1f} | {one.combined:.1f} |"
        )
        below = one


def levels_rise(levels: Sequence[LevelScores]) -> bool:
    """Whether each level goes further, by its interval, and keeps the meaning."""
    steps = (above.lexical.minus(below.lexical) for below, above in pairwise(levels))
    return all(step.ends[0] > 0 for step in steps) and all(one.meaning >= MEANING_FLOOR for one in levels)
