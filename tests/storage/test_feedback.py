"""The feedback store: nothing is lost, nothing is kept twice, and people can be forgotten."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from tutelage.core.errors import UserError
from tutelage.core.languages import Direction
from tutelage.storage.feedback import Correction, FeedbackStore, Kept
from tutelage.storage.feedback.store import CONTRADICTS
from tutelage.storage.ledger import Ledger

EN_PT = Direction("en", "pt-BR")


def correction(source="Open it.", text="Abra-o.", who="", direction=EN_PT):
    return Correction(direction, source, "Abra.", text, "sig", who)


@pytest.fixture
def store(tmp_path):
    opened = FeedbackStore.open(tmp_path / "new" / "a.feedback")
    yield opened
    opened.close()


def test_a_correction_is_kept_once_however_often_it_is_sent(store):
    assert store.add(correction()) == Kept("accepted", new=True)
    assert store.add(correction()) == Kept("accepted", new=False)
    assert store.add(correction(who="other")) == Kept("accepted", new=True)
    (first, second) = store.corrections("accepted")
    assert (first.correction, second.correction.who) == (correction(), "other")


def test_what_several_contradict_is_held_and_what_somebody_said_is_not(store):
    for who in "ab":
        store.add(correction(who=who))
    assert store.add(correction(text="Fora!", who="c")).state == "held"
    assert store.add(correction(who="d")).state == "accepted"
    assert store.add(correction(source="Other.", text="Fora!", who="c")).state == "accepted"
    assert store.counts() == {("accepted", ""): 4, ("held", CONTRADICTS): 1}


def test_of_several_for_one_source_the_one_that_most_gave_counts(store):
    store.add(correction(text="Uma.", who="a"))
    store.add(correction(text="Outra.", who="b"))
    assert [one.correction.correction for one in store.agreed()] == ["Outra."]
    store.add(correction(text="Uma.", who="c"))
    store.add(correction(text="Uma.", direction=Direction("en", "es")))
    assert [one.correction.correction for one in store.agreed()] == ["Uma.", "Uma."]


def test_a_doubt_holds_it_until_a_person_settles_it(store):
    store.add(correction(), doubt="wrong_language")
    (held,) = store.corrections("held")
    assert (held.reason, store.agreed()) == ("wrong_language", [])
    assert store.settle([held.id, 99], "accepted") == 1
    assert len(store.agreed()) == 1
    store.settle([held.id], "dropped")
    assert store.add(correction()) == Kept("dropped", new=False)


def test_a_key_is_removed_with_what_its_owner_gave(store, tmp_path):
    assert store.add_key("ana", "hash-a")
    assert not store.add_key("ana", "hash-b")
    store.add(correction(who="ana"))
    store.add(correction(text="Fica.", who="rui"))
    forgotten = store.forget("ana")
    assert (forgotten.corrections, forgotten.had_key) == (1, True)
    assert store.name_of("hash-a") is None
    assert [one.correction.who for one in store.corrections("accepted")] == ["rui"]


def test_every_thread_is_heard(store):
    threads = [
        threading.Thread(target=lambda n=n: [store.add(correction(f"{n}-{k}")) for k in range(20)]) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.corrections("accepted")) == 160


def test_what_was_added_is_there_after_kill_9(tmp_path):
    script = """
import sys
from tutelage.core.languages import Direction
from tutelage.storage.feedback import Correction, FeedbackStore
store = FeedbackStore.open(sys.argv[1])
for number in range(10**6):
    store.add(Correction(Direction("en", "pt-BR"), f"text {number}", "", f"texto {number}", "sig"))
    print(number, flush=True)
"""
    path = tmp_path / "a.feedback"
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    told = [process.stdout.readline() for _ in range(50)]
    process.send_signal(signal.SIGKILL)
    told += process.stdout.readlines()
    process.wait()
    store = FeedbackStore.open(path)
    kept = {one.correction.source for one in store.corrections("accepted")}
    assert {f"text {int(line)}" for line in told if line.endswith("\n")} <= kept
    store.close()


def test_its_file_alone_tells_what_is_new(store, tmp_path):
    path = tmp_path / "new" / "a.feedback"
    store.add(correction())
    before = path.read_bytes()
    store.add(correction(text="Nova."))
    assert path.read_bytes() != before


def test_a_file_of_something_else_is_refused(tmp_path):
    (tmp_path / "a.feedback").write_text("no database" * 100)
    with pytest.raises(UserError, match="this is not a feedback store"):
        FeedbackStore.open(tmp_path / "a.feedback")
    Ledger.open(tmp_path / "ledger.sqlite").close()
    with pytest.raises(UserError, match="feedback store has schema"):
        FeedbackStore.open(tmp_path / "ledger.sqlite")
    with pytest.raises(UserError, match="there is no feedback store"):
        FeedbackStore.open(tmp_path / "none.feedback", must_exist=True)
