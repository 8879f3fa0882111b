"""A budget that threads, processes and kills cannot pass."""

import os
import subprocess
import sys
import threading

import pytest

from ledger_calls import make_call
from places import TEST_PATH, TESTS
from tutelage.core.errors import BudgetError, UsageError
from tutelage.storage.ledger import Account, Budget, Ledger, Reservation
from tutelage.storage.ledger.budget import refusal


@pytest.mark.parametrize(
    ("budget", "account", "reservation", "said"),
    [
        (Budget(), Account(calls=10**9), Reservation(), None),
        (Budget(calls=3), Account(calls=2), Reservation(), None),
        (Budget(calls=3), Account(calls=2, reserved_calls=1), Reservation(), "3 calls"),
        (Budget(tokens=100), Account(tokens=60), Reservation(tokens=41), "100 tokens"),
        (Budget(cost=0.3), Account(cost=0.1 + 0.1), Reservation(cost=0.1), None),
        (Budget(cost=0.3), Account(cost=0.1, reserved_cost=0.2), Reservation(cost=0.01), "0.3 cost"),
        (Budget(calls=0), Account(), Reservation(), "0 calls"),
    ],
)
def test_what_fits(budget, account, reservation, said):
    error = refusal(budget, account, reservation)
    assert (error is None) if said is None else said in str(error)


def test_budget_stops_before_the_call_that_would_exceed_it(place):
    with Ledger.open(place, run="r", budget=Budget(calls=3, tokens=100)) as ledger:
        reservation = ledger.reserve(tokens=60)
        with pytest.raises(BudgetError, match="100 tokens"):
            ledger.reserve(tokens=41)
        ledger.record(make_call(1), settles=reservation)
        second = ledger.reserve(tokens=85)  # 15 of 60 were really used
        ledger.release(second)
        ledger.reserve(calls=2)
        with pytest.raises(BudgetError, match="3 calls"):
            ledger.reserve()


def test_budget_counts_what_the_run_spent_before(place):
    with Ledger.open(place, run="r") as ledger:
        ledger.record_many([make_call(1), make_call(2, cost=None, worst_cost=2.0)])
    budget = Budget(cost=2.5)
    with Ledger.open(place, run="other", budget=budget) as ledger:
        ledger.reserve(cost=2.5)
    with Ledger.open(place, run="r", budget=budget) as ledger:
        ledger.reserve(cost=0.25)  # 0.25 known and the worst case of the unknown one
        with pytest.raises(BudgetError):
            ledger.reserve(cost=0.01)


def test_many_small_costs_reach_the_limit_exactly(place):
    with Ledger.open(place, run="r", budget=Budget(cost=0.3)) as ledger:
        for number in range(3):
            ledger.record(make_call(number, cost=0.1), settles=ledger.reserve(cost=0.1))
        with pytest.raises(BudgetError, match=r"0\.3 spent; the next"):
            ledger.reserve(cost=0.0001)


def test_cost_budget_without_prices_is_a_usage_error(place):
    with Ledger.open(place, budget=Budget(cost=1.0)) as ledger, pytest.raises(UsageError, match="no prices"):
        ledger.reserve(tokens=5)


def test_without_a_limit_nothing_is_reserved(place):
    with Ledger.open(place, run="r") as ledger:
        reservation = ledger.reserve(calls=10**6, tokens=10**9)
        assert ledger.account() == Account()
        ledger.record(make_call(1), settles=reservation)
        ledger.release(reservation)
        assert ledger.account() == Account(calls=1, tokens=15, cost=0.25)


def test_threads_never_exceed_the_budget_together(place):
    with Ledger.open(place, run="r", budget=Budget(calls=100)) as ledger:
        granted = []

        def work(worker):
            for number in range(50):
                try:
                    reservation = ledger.reserve()
                except BudgetError:
                    return
                granted.append(reservation)
                if number % 3 == 0:
                    ledger.record(make_call((worker, number)), settles=reservation)

        threads = [threading.Thread(target=work, args=[worker]) for worker in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        account = ledger.account()
    assert len(granted) == account.calls + account.reserved_calls == 100


WORKER = """
import sys
from ledger_calls import make_call
from tutelage.core.errors import BudgetError
from tutelage.storage.ledger import Budget, Ledger
worker, place = sys.argv[1:]
granted, free = 0, 0
with Ledger.open(place, run="r", budget=Budget(calls=120, tokens=2400, cost=30.0)) as ledger:
    sys.stdin.readline()
    while True:
        try:
            reservation = ledger.reserve(tokens=20, cost=0.3)
        except BudgetError:
            break
        account = ledger.account()
        assert account.calls + account.reserved_calls <= 120 and account.cost + account.reserved_cost <= 30.0 + 1e-6
        if granted % 10 == 9 and not free:
            ledger.release(reservation)
            free += 1
            continue
        granted += 1
        ledger.record(make_call((worker, granted)), settles=reservation)
print(granted)
"""


def test_three_processes_of_one_run_never_exceed_the_budget_together(place):
    Ledger.open(place).close()
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(worker), str(place)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=TESTS,
            env=os.environ | {"PYTHONPATH": TEST_PATH},
        )
        for worker in range(3)
    ]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    granted = [int(worker.communicate()[0]) for worker in workers]
    with Ledger.open(place, run="r") as ledger:
        account = ledger.account()
        assert sum(1 for _ in ledger.entries()) == sum(granted) == account.calls
    assert (account.reserved_calls, account.reserved_tokens) == (0, 0)
    assert account.reserved_cost == pytest.approx(0.0, abs=1e-9)
    # a worker stops when the worst case of its next call does not fit beside what others have in flight
    assert 117 <= account.calls <= 120


def test_calls_in_flight_at_a_kill_stay_reserved_since_they_may_be_billed(place):
    script = """
import os, signal, sys
from ledger_calls import make_call
from tutelage.storage.ledger import Budget, Ledger
ledger = Ledger.open(sys.argv[1], run="r", budget=Budget(calls=50))
reservations = [ledger.reserve() for _ in range(48)]
for number, reservation in enumerate(reservations[:40]):
    ledger.record(make_call(number), settles=reservation)
os.kill(os.getpid(), signal.SIGKILL)
"""
    command = [sys.executable, "-c", script, str(place)]
    environment = os.environ | {"PYTHONPATH": TEST_PATH}
    assert subprocess.run(command, check=False, env=environment).returncode == -9
    with Ledger.open(place, run="r", budget=Budget(calls=50)) as ledger:
        assert len(ledger.lookup_many([make_call(number).key for number in range(40)])) == 40
        ledger.reserve(calls=2)
        with pytest.raises(BudgetError, match=r"40 spent, 10 reserved for calls in flight or cut off by a kill"):
            ledger.reserve()


CROSSING = """
import sys
from ledger_calls import make_call
from tutelage.storage.ledger import Ledger
run, place = sys.argv[1:]
with Ledger.open(place, run=run) as ledger:
    sys.stdin.readline()
    for start in range(0, 400, 20):
        numbers = list(range(start, start + 20))
        if run == "backwards":
            numbers.reverse()
        ledger.record_many(make_call(number) for number in numbers)
        for number in numbers:
            ledger.record(make_call((number, "single")))
"""


def test_runs_that_ask_the_same_in_another_order_do_not_lock_one_another(place):
    Ledger.open(place).close()
    environment = os.environ | {"PYTHONPATH": TEST_PATH}
    commands = [[sys.executable, "-c", CROSSING, run, str(place)] for run in ("forwards", "backwards", "backwards")]
    workers = [subprocess.Popen(command, stdin=subprocess.PIPE, text=True, env=environment) for command in commands]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    with Ledger.open(place) as ledger:
        assert sum(1 for _ in ledger.entries()) == 800
        assert {spend.run: spend.calls for spend in ledger.spend()} == {"forwards": 800, "backwards": 1600}
