"""Each two systems compared by a judge, text against text, in both orders.

A verdict counts if both orders agree, else the pair is a tie (Zheng et al. 2023, arXiv 2306.05685).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from tutelage.core.evidence import Score
from tutelage.core.records import Rejection
from tutelage.evaluation.rating.blinding import BlindItem, BlindSet
from tutelage.evaluation.significance import SegmentStatistics, score_share, score_with_interval
from tutelage.teachers.judging import PROMPT, SWAPPED, Comparison, Outcome, combine, judged_both_orders
from tutelage.teachers.role import Answered

NAME = "share_won"
CRITERION = (
    "the better one says all that the source says and nothing else, is good language, and, of two texts that do, uses "
    "other words and is built differently from the source"
)
_WORTH: dict[Outcome, float] = {"win": 1.0, "tie": 0.5, "loss": 0.0}
_TURNED: dict[Outcome, Outcome] = {"win": "loss", "tie": "tie", "loss": "win"}

Verdicts = Mapping[str, Answered | Rejection]
"""By the id of the question."""


@dataclass(frozen=True, slots=True)
class PairOutcome:
    """How the texts of one system fared against those of another."""

    first: str
    second: str
    share_won: Score | None
    """Of the first: percent, wins and half of the ties; `None` if nothing was judged."""
    wins: int
    ties: int
    """Equal texts, which are not asked about, among them."""
    losses: int
    inconsistent: int
    """Ties in which the judge favoured a place."""
    unjudged: int
    """Without two usable verdicts; in no figure."""


def pair_questions(blind: BlindSet) -> list[Comparison]:
    """Every two different texts of an item, in both orders; equal texts of several systems are asked about once."""
    pairs = [
        Comparison(_pair_id(item, first.letter, second.letter), item.source, first.text, second.text, CRITERION)
        for item in blind.items
        for first, second in combinations(item.texts, 2)
    ]
    return judged_both_orders(pairs)


def weigh_pairs(
    blind: BlindSet, verdicts: Verdicts, *, judge: str, seed: int, resamples: int = 1000
) -> tuple[PairOutcome, ...]:
    """The outcome for every two systems; `judge` is the teacher's signature. Bootstrap over items."""
    signature = f"{PROMPT}|{judge}|both orders"
    return tuple(
        _weigh(blind, verdicts, first, second, signature=signature, seed=seed, resamples=resamples)
        for first, second in combinations(blind.systems, 2)
    )


def _weigh(
    blind: BlindSet, verdicts: Verdicts, first: str, second: str, *, signature: str, seed: int, resamples: int
) -> PairOutcome:
    judgement = combine(_verdicts_on(blind, verdicts, first, second))
    outcomes: list[Outcome] = []
    for item in blind.items:
        one, other = item.find_text(first).letter, item.find_text(second).letter
        if one == other:
            outcomes.append("tie")
            continue
        found = judgement.outcomes.get(_pair_id(item, *sorted((one, other))))
        if found is not None:
            outcomes.append(found if one < other else _TURNED[found])
    rows = np.array([[_WORTH[outcome], 1.0] for outcome in outcomes]).reshape(-1, 2)
    statistics = SegmentStatistics(NAME, rows, score_share, True, signature)
    return PairOutcome(
        first=first,
        second=second,
        share_won=score_with_interval(statistics, seed=seed, resamples=resamples) if outcomes else None,
        wins=outcomes.count("win"),
        ties=outcomes.count("tie"),
        losses=outcomes.count("loss"),
        inconsistent=judgement.inconsistent,
        unjudged=len(blind.items) - len(outcomes),
    )


def _verdicts_on(blind: BlindSet, verdicts: Verdicts, first: str, second: str) -> Iterator[Answered | Rejection]:
    for item in blind.items:
        letters: Sequence[str] = sorted(item.find_text(system).letter for system in (first, second))
        for question in (_pair_id(item, *letters), _pair_id(item, *letters) + SWAPPED):
            if question in verdicts:
                yield verdicts[question]


def _pair_id(item: BlindItem, first: str, second: str) -> str:
    return f"{item.number}/{first}{second}"
