"""Several processes ask the same questions on one ledger, SQLite or PostgreSQL: each question is paid for once."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import pytest
from pydantic import BaseModel

from places import TEST_PATH
from scripted.llm import Misbehaviour, ScriptedLlm
from tutelage.core.errors import BudgetError
from tutelage.storage.ledger import Budget, Ledger, claims
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.calling.conversation import first_request
from tutelage.teachers.messages import Message

COUNT, IN_FLIGHT = 60, 8

ASKER = """
import json, random, sys, time
name, place, url, count, skew, lease, seed = sys.argv[1:]
true = time.time
time.time = lambda: true() + float(skew)  # this machine's clock
from tutelage.storage.ledger import Ledger, claims
claims.LEASE_SECONDS, claims.BEAT_SECONDS = float(lease), float(lease) / 4
drop_dead = claims.Claims.drop_dead
def look(claims):
    drop_dead(claims)
    print("looked", flush=True)
claims.Claims.drop_dead = look
from teachers.test_runs_at_once import Item, WordRole
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.chat import ChatSettings, ChatTeacher
settings = ChatSettings(base_url=url, model="scripted", concurrency=8, max_concurrency=8, timeout_seconds=600)
items = [Item(str(number)) for number in range(int(count))]
random.Random(int(seed)).shuffle(items)
with Ledger.open(place, run=name) as ledger:
    print("open", flush=True)
    sys.stdin.readline()
    answers = ask(WordRole(), items, teacher=ChatTeacher(settings), ledger=ledger)
    print(json.dumps({one.item_id: one.answer.word for one in answers}))
"""


class Word(BaseModel):
    word: str


@dataclass(frozen=True)
class Item:
    id: str


class WordRole:
    name, prompt_version, schema, temperature, max_tokens = "word", "word-1", Word, 0.0, 50

    def render(self, item):
        return [Message("user", f"question {item.id}")]

    def verify(self, item, answer):
        return None


def answer(messages):
    return json.dumps({"word": messages[0]["content"]})


EXPECTED = {str(number): f"question {number}" for number in range(COUNT)}


class Asker:
    """A run in a process of its own; `skew` sets its machine's clock ahead by seconds."""

    def __init__(self, name, place, llm, *, skew=0.0, lease=300.0, seed=0):
        arguments = (name, str(place), llm.base_url, str(COUNT), str(skew), str(lease), str(seed))
        self._process = subprocess.Popen(
            [sys.executable, "-c", ASKER, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": TEST_PATH},
        )

    def go(self):
        """Begin to ask, once the ledger is open."""
        assert self._process.stdout.readline() == "open\n"
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def wait_for_look(self):
        """Until it has looked for runs that are dead."""
        assert self._process.stdout.readline() == "looked\n"

    def kill(self):
        self._process.kill()
        assert self._process.wait() == -9

    def answers(self):
        out, _ = self._process.communicate()
        assert self._process.returncode == 0
        return json.loads(out.splitlines()[-1])


def billed(llm):
    """How often each question was answered."""
    return Counter(llm.requests[number]["messages"][0]["content"] for number in llm.answered)


def wait_until(condition):
    while not condition():
        time.sleep(0.01)


def test_two_runs_at_once_pay_each_question_once_whatever_their_clocks_say(place):
    with ScriptedLlm(answer, latency_seconds=0.1) as llm:
        skews = {"fast": 600.0, "slow": -600.0}
        runs = [Asker(name, place, llm, skew=skew, seed=n) for n, (name, skew) in enumerate(skews.items())]
        for run in runs:
            run.go()
        assert [run.answers() for run in runs] == [EXPECTED] * 2
    assert set(billed(llm).values()) == {1}
    assert llm.received == COUNT
    with Ledger.open(place) as ledger:
        spends = {spend.run: spend for spend in ledger.spend()}
    assert {name: spend.calls + spend.reused for name, spend in spends.items()} == dict.fromkeys(skews, COUNT)
    assert sum(spend.calls for spend in spends.values()) == COUNT


class Stuck:
    """The first calls are never answered."""

    def __call__(self, number, body):
        return Misbehaviour(sleep_seconds=600) if number < IN_FLIGHT else None

    quick = True


def test_what_a_killed_run_had_in_flight_is_taken_over_and_not_before(place):
    with ScriptedLlm(answer, misbehave=Stuck()) as llm:
        # by its own clock the first run has been dead from the start
        killed, other = Asker("killed", place, llm, skew=-600), Asker("other", place, llm, seed=1)
        killed.go()
        wait_until(lambda: llm.received == IN_FLIGHT)
        stuck = {request["messages"][0]["content"] for request in llm.requests}
        with Ledger.open(place) as ledger, ledger._database.connected() as connection:
            [owner] = connection.exec_driver_sql("SELECT owner FROM claim_owners").scalars()
        other.go()
        wait_until(lambda: llm.received > IN_FLIGHT)
        for _ in range(2):
            other.wait_for_look()
        assert not stuck & set(billed(llm))
        killed.kill()
        with Ledger.open(place) as ledger, ledger._database.writing() as connection:  # its lease runs out
            connection.exec_driver_sql(f"UPDATE claim_owners SET alive_until = 0 WHERE owner = '{owner}'")
        assert other.answers() == EXPECTED
    assert set(billed(llm).values()) == {1}
    asked = Counter(request["messages"][0]["content"] for request in llm.requests)
    assert asked == {question: 2 if question in stuck else 1 for question in EXPECTED.values()}


def ask_all(ledger, teacher):
    return {
        one.item_id: one.answer.word for one in ask(WordRole(), map(Item, EXPECTED), teacher=teacher, ledger=ledger)
    }


def test_two_askers_in_one_process_pay_each_question_once(place):
    with (
        ScriptedLlm(answer, latency_seconds=0.05) as llm,
        Ledger.open(place, run="r") as ledger,
        ThreadPoolExecutor(2) as threads,
    ):
        found = list(threads.map(lambda _: ask_all(ledger, llm.teacher()), range(2)))
    assert found == [EXPECTED] * 2
    assert set(billed(llm).values()) == {1}


def test_a_run_that_stops_leaves_its_questions_to_the_other_at_once(place, monkeypatch):
    monkeypatch.setattr(claims, "LEASE_SECONDS", 3600.0)
    with (
        ScriptedLlm(answer, latency_seconds=0.05) as llm,
        Ledger.open(place, run="poor", budget=Budget(calls=20)) as poor,
        Ledger.open(place, run="rich") as rich,
        ThreadPoolExecutor(1) as threads,
    ):
        asked = threads.submit(ask_all, rich, llm.teacher())
        with suppress(BudgetError):  # where the other has not asked the rest before
            ask_all(poor, llm.teacher())
        assert asked.result() == EXPECTED
        assert poor.account().calls <= 20
    assert set(billed(llm).values()) == {1}


def test_a_run_whose_budget_is_spent_does_not_wait_for_others(place, monkeypatch):
    monkeypatch.setattr(claims, "LEASE_SECONDS", 3600.0)
    with ScriptedLlm(answer) as llm, Ledger.open(place, run="other") as other:
        teacher = llm.teacher()
        asked = [first_request(WordRole(), Item(n), settings=teacher.settings, seed=0).key for n in ("3", "5", "55")]
        assert other.claims.take(asked) == set(asked)
        with Ledger.open(place, run="r", budget=Budget(calls=20)) as ledger, pytest.raises(BudgetError):
            ask_all(ledger, teacher)
    assert not {"question 3", "question 5", "question 55"} & set(billed(llm))
