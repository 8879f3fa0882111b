"""One queue for many callers."""

import pytest

from student_server import UpperEngine
from tutelage.core.decoding import Decoding
from tutelage.serving import queue as queues
from tutelage.serving.queue import BatchQueue, QueueClosedError, QueueFullError


@pytest.fixture
def engine():
    return UpperEngine()


def texts_of(future):
    return [one[0].text for one in future.result()]


def test_what_waits_is_decoded_together_and_everybody_gets_their_own(engine):
    queue = BatchQueue(engine, decoding=Decoding())
    engine.hold.clear()
    futures = [queue.submit([f"a{number}", f"b{number}"]) for number in range(5)]
    engine.hold.set()
    assert [texts_of(future) for future in futures] == [[f"A{number}", f"B{number}"] for number in range(5)]
    assert len(engine.batches) <= 2  # one that had begun, and all the others
    queue.close()


def test_a_long_document_does_not_hold_up_a_sentence(engine):
    queue = BatchQueue(engine, decoding=Decoding(), batch_tokens=30)
    engine.hold.clear()
    document = queue.submit([f"line {number}" for number in range(100)])
    sentence = queue.submit(["short"])
    engine.hold.set()
    document.result()
    assert sentence.result()
    assert any("short" in batch for batch in engine.batches[:3])
    queue.close()


def test_a_batch_keeps_to_its_tokens(engine):
    queue = BatchQueue(engine, decoding=Decoding(), batch_tokens=40)
    queue.submit(["word " * 4] * 50).result()
    assert max(map(len, engine.batches)) <= 6
    queue.close()


def test_too_much_waiting_is_refused_and_closing_finishes_what_waits(engine):
    queue = BatchQueue(engine, decoding=Decoding(), most=3)
    engine.hold.clear()
    first = queue.submit(["a", "b", "c"])
    with pytest.raises(QueueFullError):
        [queue.submit(["x", "y"]) for _ in range(4)]
    engine.hold.set()
    queue.close()
    assert texts_of(first) == ["A", "B", "C"]
    with pytest.raises(QueueClosedError):
        queue.submit(["z"])


def test_a_fault_is_told_to_its_batch_and_the_queue_goes_on(engine):
    queue = BatchQueue(engine, decoding=Decoding())
    with pytest.raises(RuntimeError):
        queue.submit(["fail"]).result()
    assert texts_of(queue.submit(["good"])) == ["GOOD"]
    queue.close()


def test_what_its_caller_gave_up_is_not_decoded(engine):
    queue = BatchQueue(engine, decoding=Decoding(), batch_tokens=1)
    engine.hold.clear()
    queue.submit(["a"])
    given_up = queue.submit(["unwanted", "unwanted"])
    given_up.cancel()
    engine.hold.set()
    assert texts_of(queue.submit(["b"])) == ["B"]
    assert queue.waiting == 0
    assert not any("unwanted" in batch for batch in engine.batches)
    queue.close()


def test_a_batch_in_work_is_finished_by_the_engine_that_began_it(engine):
    new = UpperEngine("new")
    queue = BatchQueue(engine, decoding=Decoding(), batch_tokens=1)
    engine.hold.clear()
    old = queue.submit(["a"])
    engine.holding.wait()
    queue.replace_engine(new)
    later = queue.submit(["b"])
    engine.hold.set()
    assert (texts_of(old), texts_of(later)) == (["A"], ["B"])
    assert (engine.batches, new.batches) == ([["a"]], [["b"]])
    queue.close()


def test_a_batch_that_is_taken_is_not_given_to_an_engine_that_comes_before_it_begins(engine, monkeypatch):
    new = UpperEngine("new")
    queue = BatchQueue(engine, decoding=Decoding())

    def cores():  # looked for between the taking of a batch and its decoding
        queue.replace_engine(new)
        return 1

    monkeypatch.setattr(queues, "usable_cores", cores)
    queue.submit(["a"]).result()
    queue.submit(["b"]).result()
    assert (engine.batches, new.batches) == ([["a"]], [["b"]])
    queue.close()
