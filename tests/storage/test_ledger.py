"""The ledger on both databases: what is recorded is found, and sums are those of the calls."""

import os
import subprocess
import sys
from collections import Counter

import pytest

from ledger_calls import make_call
from places import TEST_PATH, TESTS
from tutelage.storage.ledger import Budget, Ledger, Spend, call_key
from tutelage.storage.ledger.rows import day_of, storable


def test_key_depends_on_every_part_and_on_nothing_else():
    parts = {"model": "m", "parameters": {"a": 1, "b": 2}, "messages": ["x"], "schema": {"type": "object"}}
    key = call_key(**parts)
    assert len(key) == 40
    assert key == call_key(**(parts | {"parameters": {"b": 2, "a": 1}}))
    others = {"model": "n", "parameters": {"a": 1}, "messages": ["y"], "schema": None}
    assert len({key, *(call_key(**(parts | {name: value})) for name, value in others.items())}) == 5


def test_answers_are_found_again_after_reopening(place):
    calls = [make_call(number) for number in range(1200)]
    with Ledger.open(place, run="a") as ledger:
        ledger.record_many(calls)
    with Ledger.open(place, run="b") as ledger:
        found = ledger.lookup_many([call.key for call in calls] + ["missing"])
        assert found == {call.key: call for call in calls}
        assert ledger.lookup("missing") is None
        assert ledger.lookup(calls[7].key) == calls[7]


def test_every_field_comes_back_as_it_was(place):
    call = make_call(
        1, request='{"a": "%s \'quoted\' :name"}', answer="ação 🙂\n\ttab\u200b", status="unparsed", input_tokens=None,
        cost=None, worst_tokens=2**40, worst_cost=1e-7,
    )  # fmt: skip
    with Ledger.open(place) as ledger:
        ledger.record(call)
        assert ledger.lookup(call.key) == call


def test_first_answer_to_a_key_stays(place):
    with Ledger.open(place) as ledger:
        ledger.record(make_call(1))
        ledger.record(make_call(1, answer="another"))
        assert ledger.lookup(make_call(1).key).answer == "answer 1"


def test_a_recorded_answer_gets_another_status_once_it_is_read(place):
    with Ledger.open(place, run="a") as ledger:
        ledger.begin_step("01")
        ledger.record_many([make_call(1), make_call(2), make_call(3, status="truncated")])
        ledger.begin_step("02")
        for _ in range(2):  # the second time there is nothing left to change
            ledger.restate(make_call(1), status="unparsed")
        ledger.restate(make_call(3, status="truncated"), status="ok")
        ledger.restate(make_call(4), status="unparsed")
        assert [ledger.lookup(make_call(number).key).status for number in (1, 2, 3)] == ["unparsed", "ok", "ok"]
        [spend] = ledger.spend()
        assert (spend.calls, spend.unusable, spend.cost) == (3, 1, 0.75)
        assert [one.step for one in ledger.spend(by=["step"])] == ["01"]
    with Ledger.open(place, run="b") as ledger:
        ledger.restate(make_call(2), status="unparsed")
        assert ledger.lookup(make_call(2).key).status == "ok"  # another run's


@pytest.mark.parametrize(
    ("text", "kept"),
    [("a\x00b", "a\ufffdb"), ("half \ud83d", "half \ufffd"), ("whole 🙂\x1b[2J", "whole 🙂\x1b[2J"), ("", "")],
)
def test_characters_that_no_database_holds_are_replaced(text, kept, place):
    assert storable(text) == kept
    with Ledger.open(place) as ledger:
        ledger.record(make_call(1, answer=text, request=text))
        found = ledger.lookup(make_call(1).key)
    assert (found.answer, found.request) == (kept, kept)


def test_impossible_token_figures_count_as_untold(place):
    with Ledger.open(place, run="r", budget=Budget(tokens=250)) as ledger:
        for number, told in enumerate((-5000, 10**30)):
            reservation = ledger.reserve(tokens=100)
            ledger.record(make_call(number, input_tokens=told, worst_tokens=100), settles=reservation)
        assert ledger.account().tokens == 200
        assert ledger.lookup(make_call(0).key).input_tokens is None


def test_spend_by_role_and_teacher_with_unknown_costs_apart(place):
    with Ledger.open(place, run="r") as ledger:
        ledger.record_many([make_call(1), make_call(2, cost=None), make_call(3, role="contexts", status="unparsed")])
        ledger.count_reuse(4, role="translate", teacher="t")
        ledger.count_reuse(2, role="translate", teacher="t")
        ledger.count_reuse(0, role="never", teacher="t")
        assert ledger.spend(run="r") == [
            Spend("r", "contexts", "t", 1, 0, 10, 5, 0.25, 0, 1),
            Spend("r", "translate", "t", 2, 6, 20, 10, 0.25, 1, 0),
        ]
        assert ledger.spend(run="other") == []
        assert ledger.runs() == ["r"]


def test_spend_by_any_columns_adds_up_to_the_same(place, monkeypatch):
    for run, step, day in (("a", "01-patching", 0), ("a", "02-sequence_kd", 1), ("b", "01-patching", 1)):
        monkeypatch.setattr("tutelage.storage.ledger.book.time.time", lambda day=day: 1_700_000_000 + 86_400 * day)
        with Ledger.open(place, run=run) as ledger:
            ledger.begin_step(step)
            for role in ("translate", "feedback", "feedback"):
                ledger.record(make_call(f"{run}{step}{role}{day}", role=role))
            ledger.count_reuse(2, role="translate", teacher="t")
    with Ledger.open(place) as ledger:
        by_day = ledger.spend(by=["day"])
        assert [(one.day, one.calls, one.run) for one in by_day] == [("2023-11-14", 3, ""), ("2023-11-15", 6, "")]
        assert [(one.role, one.calls, one.reused) for one in ledger.spend(by=["role"])] == [
            ("feedback", 6, 0),
            ("translate", 3, 6),
        ]
        (step,) = ledger.spend(run="a", step="02-sequence_kd", by=["step"])
        assert (step.step, step.calls, step.cost) == ("02-sequence_kd", 3, 0.75)
        for by in (["run"], ["step", "day"], ["run", "step", "role", "teacher", "day"], ["teacher"]):
            assert sum(one.cost for one in ledger.spend(by=by)) == pytest.approx(9 * 0.25)
            assert sum(one.calls for one in ledger.spend(by=by)) == 9


def test_days_are_those_of_utc():
    assert (day_of(0), day_of(86_399.9), day_of(86_400)) == ("1970-01-01", "1970-01-01", "1970-01-02")


def test_newest_unusable_answers_come_first(place):
    with Ledger.open(place, run="r") as ledger:
        for number in range(10):
            ledger.record(make_call(number, status="unparsed" if number % 2 else "ok"))
        found = ledger.unusable(limit=3)
        assert [entry.call.answer for entry in found] == ["answer 9", "answer 7", "answer 5"]
        assert {entry.run for entry in found} == {"r"}
        assert len(ledger.unusable(run="r", role="translate")) == 5
        assert ledger.unusable(run="other") == ledger.unusable(role="other") == []


def test_entries_of_a_run_are_those_it_has_asked_or_taken(place):
    with Ledger.open(place, run="first") as ledger:
        ledger.record_many(make_call(number) for number in range(1500))
    with Ledger.open(place, run="second") as ledger:
        ledger.record(make_call("own"))
        assert ledger.lookup(make_call(3).key)
        assert len(ledger.lookup_many([make_call(number).key for number in (4, 5)])) == 2
        ledger.count_reuse(3, role="translate", teacher="t")
        assert ledger.lookup(make_call(6).key)  # noted when the ledger is closed
    with Ledger.open(place) as ledger:
        answers = [entry.call.answer for entry in ledger.entries(run="second")]
        assert sorted(answers[:-1]) == ["answer 3", "answer 4", "answer 5", "answer 6"]
        assert answers[-1] == "answer own"
        assert Counter(entry.run for entry in ledger.entries()) == {"first": 1500, "second": 1}


def test_process_killed_while_it_writes_leaves_whole_transactions(place):
    script = f"""
from ledger_calls import make_call
from tutelage.storage.ledger import Ledger
ledger = Ledger.open({str(place)!r}, run="r")
for start in range(0, 10**9, 200):
    ledger.record_many(make_call(number) for number in range(start, start + 200))
    print(start, flush=True)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=TESTS, env=os.environ | {"PYTHONPATH": TEST_PATH}
    )
    told = [int(process.stdout.readline()) for _ in range(5)]
    process.kill()
    process.wait()
    with Ledger.open(place, run="r") as ledger:
        kept = sum(1 for _ in ledger.entries(run="r"))
        assert kept >= told[-1] + 200 and kept % 200 == 0
        assert ledger.account().calls == kept
        assert [spend.calls for spend in ledger.spend()] == [kept]
