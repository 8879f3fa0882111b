"""A budget under a server that lies about tokens: 64 calls in flight, on both databases."""

import json
import random
import threading
from dataclasses import dataclass

import pytest
from pydantic import BaseModel

from scripted.llm import Misbehaviour, ScriptedLlm
from tutelage.core.errors import BudgetError
from tutelage.storage.ledger import Budget, Ledger
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.calling.conversation import first_request
from tutelage.teachers.messages import Message

IN_FLIGHT = 64
FIRST = 40
"""More than are asked before the first answer."""
COUNT = 400
ROOM = 150
"""Calls whose worst case the budget holds."""
TEXT = "a sentence that is neither long nor short, " * 10
ANSWER = json.dumps({"word": "this is said about the sentence " * 4})
RIGHT = {"prompt_tokens": 90, "completion_tokens": 30}
FALSE = (
    0, 1, 2, -1, -500, -(10**12), 10**5, 10**12, 2**63, 2**70, 10**400, 0.5, 30.0, 1e308, -0.0, True, False, None,
    "30", "", "many", [], [30], {}, {"tokens": 30},
)  # fmt: skip
"""What a figure of either kind may not be here."""
WORDS = ("nothing", "", 30, [], [RIGHT], True, {"total_tokens": 0})


class Word(BaseModel):
    word: str


@dataclass(frozen=True)
class Item:
    id: str

    @property
    def text(self):
        return f"{self.id:>6} {TEXT}"


class WordRole:
    name, prompt_version, schema, temperature, max_tokens = "word", "word-1", Word, 0.0, 100

    def render(self, item):
        return [Message("user", item.text)]

    def verify(self, item, answer):
        return None


def impossible(draw):
    """Usage in which at least one figure cannot be true."""
    if draw.random() < 0.2:
        return draw.choice(WORDS)
    names = draw.sample(sorted(RIGHT), draw.choice((1, 2)))
    return RIGHT | {name: draw.choice(FALSE) for name in names} | {"total_tokens": draw.choice((7, *FALSE))}


class Liar:
    """Lies about every call, and reads the run's account while calls are in flight; 64 are answered together."""

    def __init__(self, lie, place, *, budget):
        self._lie, self._draw = lie, random.Random(3)
        self._ledger = Ledger.open(place, run="r", budget=budget)
        self._together = threading.Barrier(IN_FLIGHT)
        self.accounts = []

    def __call__(self, number, body):
        if FIRST <= number < FIRST + IN_FLIGHT:
            self._together.wait()
        self.accounts.append(self._ledger.account())
        return Misbehaviour(usage=self._lie(self._draw))

    def close(self):
        self._ledger.close()


def budget_of(limited, teacher):
    request = first_request(WordRole(), Item("0"), settings=teacher.settings, seed=0)
    tokens = request.worst_input_tokens + request.max_tokens
    return {
        "calls": Budget(calls=ROOM),
        "tokens": Budget(tokens=ROOM * tokens + 1),
        "cost": Budget(cost=ROOM * teacher.worst_cost(request)),
    }[limited]


def ask_until_stopped(place, lie, limited):
    with ScriptedLlm(lambda messages: ANSWER, latency_seconds=0.01) as llm:
        teacher = llm.teacher(concurrency=IN_FLIGHT, max_concurrency=IN_FLIGHT, input_price=1.0, output_price=2.0)
        budget = budget_of(limited, teacher)
        llm.misbehave = liar = Liar(lie, place, budget=budget)
        with Ledger.open(place, run="r", budget=budget) as ledger:
            with pytest.raises(BudgetError, match=limited):
                list(ask(WordRole(), map(Item, map(str, range(COUNT))), teacher=teacher, ledger=ledger))
            accounts = [*liar.accounts, ledger.account()]
        liar.close()
        assert llm.most_in_flight == IN_FLIGHT
    for account in accounts:
        spent, reserved = getattr(account, limited), getattr(account, f"reserved_{limited}")
        assert spent + reserved <= getattr(budget, limited) * (1 + 1e-9)
        assert spent >= 0
        assert reserved >= -1e-9
    return llm.received


@pytest.mark.parametrize("limited", ["calls", "tokens", "cost"])
def test_figures_that_cannot_be_true_buy_no_call_more_than_the_worst_case(place, limited):
    assert ask_until_stopped(place, impossible, limited) == ROOM


def test_a_budget_holds_figures_that_may_be_true(place):
    def possible(draw):
        return {"prompt_tokens": draw.randint(28, 500), "completion_tokens": draw.randint(9, 100)}

    assert ROOM < ask_until_stopped(place, possible, "tokens") < COUNT
