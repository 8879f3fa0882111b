"""The role *judge*: which of two texts is better.

Asked in both orders, since judges favour a place (Zheng et al. 2023, arXiv 2306.05685).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tutelage.core.records import Rejection
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.role import Answered, SignedRole

PROMPT = "judge-1"
MAX_REASON_CHARACTERS = 400
SWAPPED = "#swapped"
"""What the id of a question with its texts swapped ends in."""
Outcome = Literal["win", "tie", "loss"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts made from one source, and what makes one of them better, as a clause."""

    id: str
    source: str
    first: str
    second: str
    criterion: str


class Verdict(BaseModel):
    """The answer of the role judge; the reason comes first, so that the winner follows from it."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=MAX_REASON_CHARACTERS)
    winner: Literal["A", "B", "tie"]


class Judge(SignedRole):
    """Compare two texts."""

    name = "judge"
    prompt_version = PROMPT
    schema = Verdict
    temperature = 0.0
    max_tokens = 256

    def __init__(self) -> None:
        self._prompt = (files("tutelage.teachers") / "prompts" / f"{PROMPT}.txt").read_text("utf-8").strip()

    def render(self, item: Comparison) -> Sequence[Message]:
        """The instruction, then source, A and B between marks."""
        texts = {"source": item.source, "A": item.first, "B": item.second}
        parts = (delimit(text, name=name) for name, text in texts.items())
        return [Message("user", "\n\n".join((self._prompt.format(criterion=item.criterion), *parts)))]

    def verify(self, item: Comparison, answer: Verdict) -> str | None:
        """Equal texts have no winner."""
        return "winner_of_equals" if item.first == item.second and answer.winner != "tie" else None


@dataclass(frozen=True, slots=True)
class Judgement:
    """How the first texts fared against the second."""

    outcomes: Mapping[str, Outcome]
    """By the comparison's id: win where the first is better in both orders, loss where the second is, else tie."""
    inconsistent: int
    """Those in which the place decided: the same letter won in both orders. They count as ties."""
    unjudged: tuple[str, ...]
    """Ids without two usable verdicts; they are in no figure."""

    @property
    def wins(self) -> int:
        """Comparisons in which the first text is better."""
        return self._count("win")

    @property
    def ties(self) -> int:
        """Comparisons in which neither is, or the orders disagree."""
        return self._count("tie")

    @property
    def losses(self) -> int:
        """Comparisons in which the second text is better."""
        return self._count("loss")

    def _count(self, outcome: Outcome) -> int:
        return sum(found == outcome for found in self.outcomes.values())


def judged_both_orders(comparisons: Iterable[Comparison]) -> list[Comparison]:
    """Every comparison twice, the second time with its texts swapped and its id marked."""
    return [
        question
        for one in comparisons
        for question in (one, replace(one, id=one.id + SWAPPED, first=one.second, second=one.first))
    ]


def combine(verdicts: Iterable[Answered | Rejection]) -> Judgement:
    """The verdicts on questions of `judged_both_orders`, in any order, as one outcome for each comparison."""
    winners: dict[str, str | None] = {}
    for verdict in verdicts:
        if isinstance(verdict, Rejection):
            winners[verdict.id] = None
        else:
            winners[verdict.item_id] = verdict.answer.winner
    outcomes: dict[str, Outcome] = {}
    unjudged: list[str] = []
    inconsistent = 0
    for one in dict.fromkeys(question.removesuffix(SWAPPED) for question in winners):
        straight, swapped = winners.get(one), winners.get(one + SWAPPED)
        if straight is None or swapped is None:
            unjudged.append(one)
            continue
        inconsistent += straight == swapped != "tie"
        outcomes[one] = _outcome(straight, swapped)
    return Judgement(outcomes, inconsistent, tuple(unjudged))


def _outcome(straight: str, swapped: str) -> Outcome:
    if (straight, swapped) == ("A", "B"):
        return "win"
    return "loss" if (straight, swapped) == ("B", "A") else "tie"
