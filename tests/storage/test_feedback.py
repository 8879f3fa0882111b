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
from tutelage.storage.feedback.store import CONTRADICTS, STATES
from tutelage.storage.ledger import Ledger

EN_PT = Direction("en", "pt-BR")


def correction(source="Open it.", text="Abra-o.", who="", direction=EN_PT):
    return Correction(direction, source, "Abra.", text, "sig", who)


@pytest.fixture
def store(place):
    """On both databases."""
    opened = FeedbackStore.open(place)
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


def test_what_somebody_wrote_before_is_no_other_opinion(store):
    for text in ("Um.", "Dois.", "Três."):
        assert store.add(correction(text=text, who="anna")).state == "accepted"
    assert [one.correction.correction for one in store.agreed()] == ["Três."]
    assert store.add(correction(text="Dois.", who="anna")) == Kept("accepted", new=False)
    assert [one.correction.correction for one in store.agreed()] == ["Dois."], "they came back to it"
    assert len(store.corrections("accepted")) == 3
    store.add(correction(text="Um.", who="bert"))
    store.add(correction(text="Um.", who="carl"))
    assert [one.correction.correction for one in store.agreed()] == ["Um."]
    assert store.add(correction(text="Quatro.", who="anna")).state == "held"


def test_a_store_is_not_copied_onto_itself(tmp_path):
    path = tmp_path / "a.feedback"
    store = FeedbackStore.open(path)
    store.add(correction(), doubt="wrong_language")
    with pytest.raises(UserError, match="this is the store itself"):
        store.copy_accepted(tmp_path / "x" / ".." / "a.feedback")
    assert len(store.corrections("held")) == 1


def test_a_doubt_holds_it_until_a_person_settles_it(store):
    store.add(correction(), doubt="wrong_language")
    (held,) = store.corrections("held")
    assert (held.reason, store.agreed()) == ("wrong_language", [])
    with pytest.raises(UserError, match="there is no correction 99"):
        store.settle([held.id, 99], "accepted")
    assert store.agreed() == []
    assert store.settle([held.id], "accepted") == 1
    assert len(store.agreed()) == 1
    store.settle([held.id], "dropped")
    assert store.add(correction()) == Kept("dropped", new=False)


def test_a_key_is_removed_with_what_its_owner_gave(store):
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


def test_processes_that_send_the_same_at_once_keep_it_once(place):
    script = """
import sys
from tutelage.core.languages import Direction
from tutelage.storage.feedback import Correction, FeedbackStore
store = FeedbackStore.open(sys.argv[1])
for number in range(30):
    store.add(Correction(Direction("en", "pt-BR"), f"text {number}", "", f"texto {number}", "sig", "ana"))
    store.add_key("ana", "hash")
"""
    opened = [subprocess.Popen([sys.executable, "-c", script, str(place)]) for _ in range(3)]
    assert [process.wait() for process in opened] == [0, 0, 0]
    store = FeedbackStore.open(place)
    assert (len(store.corrections("accepted")), store.names()) == (30, ["ana"])
    store.close()


def test_any_text_can_be_kept(store):
    long = "".join(f"word{number} " for number in range(20_000))
    for text in (long, "a\x00b", "half \ud800", "%s :name %(x)s ?"):
        assert store.add(correction(text, text)).new
        assert not store.add(correction(text, text)).new
    kept = [one.correction.source for one in store.corrections("accepted")]
    assert kept == [long, "a\ufffdb", "half \ufffd", "%s :name %(x)s ?"]


def test_a_ledger_and_a_feedback_store_share_a_database(postgres):
    url = postgres.database()
    Ledger.open(url).close()
    store = FeedbackStore.open(url)
    store.add(correction())
    store.close()
    Ledger.open(url).close()
    taken = postgres.database()
    postgres.execute("CREATE TABLE keys (name TEXT)", url=taken)
    with pytest.raises(UserError, match="something else under the feedback store's names"):
        FeedbackStore.open(taken)
    with pytest.raises(UserError, match="a feedback store cannot be kept at 'mysql://'"):
        FeedbackStore.open("mysql://ann:hush@host/work")


def test_its_copy_has_what_is_accepted_and_nobodys_key(store, tmp_path):
    store.add_key("ana", "hash-a")
    store.add(correction(who="ana"))
    store.add(correction("Other.", who="ana"), doubt="wrong_language")
    for _ in range(2):
        assert store.copy_accepted(tmp_path / "b.feedback") == 1
    copy = FeedbackStore.open(tmp_path / "b.feedback", must_exist=True)
    assert [(one.correction, one.made) for one in copy.corrections(*STATES)] == [
        (one.correction, one.made) for one in store.corrections("accepted")
    ]
    assert copy.names() == []
    copy.close()


def test_what_was_added_is_there_after_kill_9(place):
    script = """
import sys
from tutelage.core.languages import Direction
from tutelage.storage.feedback import Correction, FeedbackStore
store = FeedbackStore.open(sys.argv[1])
for number in range(10**6):
    store.add(Correction(Direction("en", "pt-BR"), f"text {number}", "", f"texto {number}", "sig"))
    print(number, flush=True)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(place)], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    told = [process.stdout.readline() for _ in range(50)]
    process.send_signal(signal.SIGKILL)
    told += process.stdout.readlines()
    process.wait()
    store = FeedbackStore.open(place)
    kept = {one.correction.source for one in store.corrections("accepted")}
    assert {f"text {int(line)}" for line in told if line.endswith("\n")} <= kept
    store.close()


def test_its_file_alone_tells_what_is_new(tmp_path):
    path = tmp_path / "new" / "a.feedback"
    store = FeedbackStore.open(path)
    store.add(correction())
    before = path.read_bytes()
    store.add(correction(text="Nova."))
    assert path.read_bytes() != before
    store.close()


def test_a_file_of_something_else_is_refused(tmp_path):
    (tmp_path / "a.feedback").write_text("no database" * 100)
    with pytest.raises(UserError, match="this is not a feedback store"):
        FeedbackStore.open(tmp_path / "a.feedback")
    Ledger.open(tmp_path / "ledger.sqlite").close()
    with pytest.raises(UserError, match="feedback store has schema"):
        FeedbackStore.open(tmp_path / "ledger.sqlite")
    with pytest.raises(UserError, match="there is no feedback store"):
        FeedbackStore.open(tmp_path / "none.feedback", must_exist=True)
