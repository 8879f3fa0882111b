"""Claims: each question belongs to one owner, until it is answered, given back, or the owner is dead."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger_calls import make_call
from tutelage.storage.ledger import Ledger, claims

KEYS = [make_call(number).key for number in range(5)]


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """No pause of a busy machine is as long as a lease."""
    monkeypatch.setattr(claims, "LEASE_SECONDS", 3600.0)
    monkeypatch.setattr(claims, "BEAT_SECONDS", 900.0)


def beat(ledger, monkeypatch, *, lease):
    """A sign of life as if it were due; with a lease below zero it is one of long ago."""
    with monkeypatch.context() as patch:
        patch.setattr(claims, "LEASE_SECONDS", lease)
        patch.setattr(claims, "BEAT_SECONDS", 0.0)
        ledger.claims.beat()


@pytest.fixture
def two(place):
    with Ledger.open(place, run="a") as first, Ledger.open(place, run="b") as second:
        yield first, second


def test_a_question_is_claimed_by_one(two):
    first, second = two
    assert first.claims.take(KEYS[:3]) == set(KEYS[:3])
    assert second.claims.take(KEYS) == set(KEYS[3:])
    assert first.claims.take(KEYS) == set()


def test_what_is_given_back_is_free(two):
    first, second = two
    first.claims.take(KEYS)
    first.claims.give_back(KEYS[:2])
    first.claims.give_back(["never claimed"])
    assert second.claims.take(KEYS) == set(KEYS[:2])
    second.claims.give_back(KEYS)  # only what is its own
    assert second.claims.take(KEYS) == set(KEYS[:2])


def test_closing_gives_everything_back(place):
    with Ledger.open(place, run="b") as second:
        with Ledger.open(place, run="a") as first:
            first.claims.take(KEYS)
            assert second.claims.take(KEYS) == set()
        assert second.claims.take(KEYS) == set(KEYS)


@pytest.mark.parametrize("count", [1, 3])
def test_an_answer_ends_the_claim_and_is_not_claimed_again(two, count):
    first, second = two
    first.claims.take(KEYS)
    first.record_many([make_call(number) for number in range(count)])
    assert second.claims.take(KEYS) == set()
    assert first.claims.take(KEYS) == set()
    with first._database.connected() as connection:
        left = connection.exec_driver_sql("SELECT key FROM claims").scalars().all()
    assert sorted(left) == sorted(KEYS[count:])


def test_owners_that_give_no_sign_of_life_lose_their_claims(two, monkeypatch):
    first, second = two
    first.claims.take(KEYS)
    second.claims.drop_dead()
    assert second.claims.take(KEYS) == set()
    beat(first, monkeypatch, lease=-1.0)
    assert second.claims.take(KEYS) == set()  # only who looks for the dead finds them
    second.claims.drop_dead()
    assert second.claims.take(KEYS) == set(KEYS)
    first.record(make_call(0))  # late, and paid twice, but kept once
    assert second.lookup(KEYS[0]) == make_call(0)


def test_signs_of_life_keep_claims(two, monkeypatch):
    first, second = two
    first.claims.take(KEYS)
    beat(first, monkeypatch, lease=-1.0)
    beat(first, monkeypatch, lease=3600.0)  # late, but nobody has looked meanwhile
    second.claims.drop_dead()
    assert second.claims.take(KEYS) == set()


def test_a_sign_of_life_is_given_when_it_is_due(two, monkeypatch):
    first, second = two
    first.claims.take(KEYS)
    monkeypatch.setattr(claims, "LEASE_SECONDS", -1.0)
    first.claims.beat()  # not yet, so that it says nothing
    second.claims.drop_dead()
    assert second.claims.take(KEYS) == set()


def test_claimants_at_once_share_many_keys_without_overlap(place):
    keys, together = [f"key {number}" for number in range(1200)], threading.Barrier(4)

    def claim(number):
        with Ledger.open(place, run=str(number)) as ledger:
            together.wait()
            taken = set()
            for start in range(0, len(keys), 100 + number):
                ledger.claims.drop_dead()
                taken |= ledger.claims.take(keys[start : start + 100 + number])
            together.wait()
            return taken

    with ThreadPoolExecutor(4) as threads:
        shares = list(threads.map(claim, range(4)))
    assert sum(map(len, shares)) == len(set().union(*shares)) == len(keys)
