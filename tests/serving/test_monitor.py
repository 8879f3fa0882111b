"""Signs that a student is asked for what it was not made for."""

import logging
import threading
import time
from datetime import date
from random import Random

import pytest

from student_server import EN_PT, UpperEngine, embedded, serving, upper
from tutelage.core.protection.spans import ALL
from tutelage.core.protection.translation import Translated
from tutelage.serving.confidence import confidence_of
from tutelage.serving.monitor import Looker, Monitor
from tutelage.serving.signs import OTHER, UNSEEN, UNSURE
from tutelage.storage.days import DayCounts, DayStore
from tutelage.students.known_words import UNTRAINED, collect_known_words

KNOWN = UNTRAINED | collect_known_words(["open the file with this name now please"])
STRANGE = "Die Wissenschaftler untersuchen seltene Schmetterlinge im Regenwald"


def watched(monitor, texts, *, log_probability=-0.1, known=KNOWN):
    outcomes = [Translated("x", log_probability=log_probability)] * len(texts)
    monitor.note(texts, outcomes, direction=EN_PT, protection=ALL, known=known)


def test_what_is_strange_in_a_text():
    look = Looker().look("open the %s file zebra", direction=EN_PT, protection=ALL, known=KNOWN)
    assert (look.words, look.unseen) == (4, ("zebra",))
    assert look.other is None, "too short to tell"


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Please open the file with this name and read it", ""),
        (STRANGE, "de"),
        ("Откройте файл", "und"),
        ("Open the file", None),
    ],
)
def test_another_language_is_told_if_it_can_be(text, other):
    assert Looker().look(text, direction=EN_PT, protection=ALL, known=None).other == other


@pytest.mark.parametrize(
    ("log_probability", "word"), [(None, None), (-0.01, "high"), (-0.3, "medium"), (-0.7, "low"), (-9, "low")]
)
def test_confidence_is_a_word(log_probability, word):
    assert confidence_of(log_probability) == word


def test_a_day_is_worth_a_warning_above_the_limit_or_if_it_drifts():
    calm = DayCounts(texts=100, words=1000, unseen=10, told=100, other=0, scored=100, unsure=10)
    strange = DayCounts(texts=100, words=1000, unseen=300, told=100, other=50, scored=100, unsure=25)
    assert UNSEEN.warning(calm, calm) == ""
    assert UNSEEN.warning(strange, calm) == "30% of the words were in no text of the training today"
    assert UNSEEN.warning(strange, strange, drift_alone=True) == ""
    assert "1% in the week before" in UNSEEN.warning(strange, calm, drift_alone=True)
    assert OTHER.warning(strange, calm).startswith("50% of the texts are not in the source language")
    assert (
        UNSURE.warning(strange, calm) == "25% of the translations have a low confidence today, 10% in the week before"
    )
    assert UNSEEN.warning(DayCounts(texts=10, words=10, unseen=10), calm) == "", "too few to tell"


def test_counts_outlive_the_server_and_fall_into_their_days(tmp_path, caplog):
    day = date(2026, 3, 1)
    store = DayStore.open(tmp_path / "a.days")
    monitor = Monitor(store, most_a_second=1000, today=lambda: day)
    watched(monitor, ["open the file"] * 60)
    monitor.stop()
    store.close()
    day = date(2026, 3, 2)
    store = DayStore.open(tmp_path / "a.days")
    monitor = Monitor(store, most_a_second=1000, today=lambda: day)
    with caplog.at_level(logging.WARNING, logger="tutelage.serving"):
        watched(monitor, [STRANGE] * 60, log_probability=-2.0)
        monitor.stop()
    assert monitor.day(EN_PT) == DayCounts(60, 60 * 7, 60 * 7, 60, 60, 60, 60)
    assert monitor.week(EN_PT) == DayCounts(60, 180, 0, 0, 0, 60, 0)
    assert {one.sign for one in monitor.warnings(EN_PT)} == {"unseen_words", "other_language", "low_confidence"}
    assert list(monitor.days(EN_PT)) == ["2026-03-02", "2026-03-01"]
    assert caplog.text.count("in no text of the training") == 1, "once a day"
    assert "Wissenschaftler" not in caplog.text
    store.close()
    assert b"Wissenschaftler" not in (tmp_path / "a.days").read_bytes()


def test_no_more_is_looked_at_than_a_loaded_server_can_spare():
    monitor = Monitor(most_a_second=5, today=lambda: date(2026, 3, 1))
    watched(monitor, ["open the file"] * 1000)
    monitor.stop()
    assert monitor.day(EN_PT).texts == 5


def test_a_server_tells_what_it_was_not_trained_for():
    with serving(embedded()) as running:
        fields = {"source": "en", "target": "pt"}
        running.client.post("/translate", json={"q": ["Open the file.", STRANGE], **fields})
        running.client.post("/translate", json={"q": "Close it.", "alternatives": 2, **fields})
        monitor = running.service.monitor
        while monitor.day(EN_PT).texts < 3:
            pass
        told = running.client.get("/metrics").text
    assert 'tutelage_today_seen{direction="en-pt-BR",what="texts"} 3.0' in told
    assert 'tutelage_today_seen{direction="en-pt-BR",what="other"} 1.0' in told
    assert 'tutelage_today_seen{direction="en-pt-BR",what="scored"} 3.0' in told
    assert 'tutelage_share{direction="en-pt-BR",period="today",sign="unseen_words"} 0.' in told
    assert 'tutelage_warning{direction="en-pt-BR",sign="unseen_words"} 0.0' in told


def test_a_student_that_says_nothing_of_itself_is_served_all_the_same():
    engine = UpperEngine()
    engine.log_probability = None
    with serving(upper(engine=engine)) as running:
        running.client.post("/translate", json={"q": "open it", "source": "en", "target": "pt"})
        monitor = running.service.monitor
        while not monitor.day(EN_PT).texts:
            pass
        assert monitor.day(EN_PT) == DayCounts(texts=1)


class Slow(Random):
    """Draws so slowly that another thread comes in between."""

    def sample(self, population, count):
        time.sleep(0.05)
        return super().sample(population, count)


def test_queues_that_tell_at_once_do_not_take_more_than_there_is(monkeypatch):
    monkeypatch.setattr("tutelage.serving.monitor.Random", Slow)
    monitor = Monitor(most_a_second=5, today=lambda: date(2026, 3, 1))
    texts = ["open the file"] * 5
    queues = [threading.Thread(target=watched, args=(monitor, texts)) for _ in range(3)]
    for queue in queues:
        queue.start()
    for queue in queues:
        queue.join()
    watched(monitor, texts)
    monitor.stop()
    assert monitor.day(EN_PT).texts <= 6
