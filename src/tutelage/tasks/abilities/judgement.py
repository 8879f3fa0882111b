"""Open answers of two students, judged in pairs by a teacher in both orders.

A verdict counts if both orders agree, else the pair is a tie (Zheng et al. 2023, arXiv 2306.05685). The share won
is wins and half of the ties.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tutelage.core.counts import counted
from tutelage.core.errors import UserError
from tutelage.core.evidence import Score
from tutelage.core.protocols import Progress, Silence
from tutelage.evaluation.retention.open_requests import criterion
from tutelage.evaluation.significance import SegmentStatistics, score_share, score_with_interval
from tutelage.storage.ledger import Ledger
from tutelage.teachers.judging import PROMPT, Comparison, Judge, Judgement, combine, judged_both_orders

if TYPE_CHECKING:
    from tutelage.teachers.chat import ChatTeacher

NAME = "share_won"
_WORTH = {"win": 1.0, "tie": 0.5, "loss": 0.0}


@dataclass(frozen=True, slots=True)
class JudgedAnswers:
    """How the answers of one student fared against those of another."""

    share_won: Score
    """Percent: wins and half of the ties."""
    wins: int
    ties: int
    """Equal answers, which are not asked about, among them."""
    losses: int
    inconsistent: int
    """Ties in which the judge favoured a place."""
    unjudged: int
    """Without two usable verdicts; in no figure."""


def judge_answers(
    requests: Mapping[str, str],
    answers: Mapping[str, str],
    *,
    against: Mapping[str, str],
    teacher: ChatTeacher,
    ledger: Ledger,
    seed: int = 1,
    resamples: int = 1000,
    progress: Progress | None = None,
) -> JudgedAnswers:
    """The answers compared with those of another student, all by the ids of the requests.

    UserError if the judge gave no usable verdict at all.
    """
    better = criterion()
    pairs = [Comparison(one, text, answers[one], against[one], better) for one, text in requests.items()]
    judgement = _ask(
        [pair for pair in pairs if pair.first != pair.second], teacher=teacher, ledger=ledger, progress=progress
    )
    outcomes = {pair.id: "tie" for pair in pairs if pair.first == pair.second} | dict(judgement.outcomes)
    if not outcomes:
        raise UserError(
            f"none of {counted(len(pairs), 'pair')} got a usable verdict.", where=f"judge {teacher.signature}"
        )
    rows = np.array([[_WORTH[outcome], 1.0] for outcome in outcomes.values()])
    signature = f"{PROMPT}|{teacher.signature}|both orders"
    statistics = SegmentStatistics(NAME, rows, score_share, True, signature)
    return JudgedAnswers(
        share_won=score_with_interval(statistics, seed=seed, resamples=resamples),
        wins=judgement.wins,
        ties=len(outcomes) - judgement.wins - judgement.losses,
        losses=judgement.losses,
        inconsistent=judgement.inconsistent,
        unjudged=len(judgement.unjudged),
    )


def _ask(pairs: list[Comparison], *, teacher: ChatTeacher, ledger: Ledger, progress: Progress | None) -> Judgement:
    from tutelage.teachers.calling.asking import ask

    questions, progress = judged_both_orders(pairs), progress or Silence()
    progress.start("the judge compares", total=len(questions), unit="verdicts")
    verdicts = []
    asking = ask(Judge(), questions, teacher=teacher, ledger=ledger)
    for verdict in asking:
        verdicts.append(verdict)
        progress.advance(1, **asking.figures)
    progress.finish()
    return combine(verdicts)
