"""What the student makes of a correction tells short translations from poison, which letters do not."""

import pytest

from student_server import EN_PT, UpperEngine, embedded, serving, upper
from tutelage.core.protection.spans import ALL
from tutelage.serving.corrections import find_correction_doubt
from tutelage.serving.likelihood import Likelihood, measure_likelihood, other_orders
from tutelage.serving.queue import QueueClosedError
from tutelage.storage.feedback import FeedbackStore


@pytest.fixture(scope="module")
def student():
    served = embedded()
    yield served
    served.queue.close()


@pytest.mark.parametrize(
    ("source", "correction", "reason"),
    [
        ("Find…", "Localizar…", ""),  # the student: "Encontrar..."
        ("Zoom In", "Mais zoom", ""),
        ("Download", "Fazer download", ""),
        ("Open the file %s.", "Abra o arquivo %s.", ""),
        ("Find…", "Salvar como", "unrelated_to_hypothesis"),
        ("Find…", "Chercher…", "unrelated_to_hypothesis"),  # too short for its language to be told
        ("Save the file in a folder.", "pasta. uma em arquivo o Salve", "words_in_disorder"),
    ],
)
def test_short_translations_are_taken_and_short_poison_is_held(student, source, correction, reason):
    likelihood = student.weigh(source, correction).result()
    output = student.translate([source]).result()[0][0].text
    found = find_correction_doubt(source, correction, output=output, direction=EN_PT, likelihood=likelihood)
    assert found == reason


def test_by_letters_alone_these_would_be_held_or_taken():
    assert find_correction_doubt("Find…", "Localizar…", output="Encontrar...", direction=EN_PT)
    disorder = "pasta. uma em arquivo o Salve"
    output = "Salve o arquivo em uma pasta."
    assert not find_correction_doubt("Save the file in a folder.", disorder, output=output, direction=EN_PT)


def test_a_student_that_finds_everything_unlikely_holds_nothing_that_is_near_its_output():
    unlikely = Likelihood(given_source=-9.0, gain=0.0, in_order=0.5)
    given = {"output": "Abra o arquivo.", "direction": EN_PT, "likelihood": unlikely}
    assert find_correction_doubt("Open the file.", "Abra este arquivo.", **given) == ""
    assert find_correction_doubt("Open the file.", "Feche tudo.", **given) == "unrelated_to_hypothesis"


def test_what_a_student_wrote_itself_is_in_order():
    disordered = Likelihood(given_source=-1.0, gain=5.0, in_order=-1.0)
    given = {"output": "Tiki wiki", "direction": EN_PT, "likelihood": disordered}
    assert find_correction_doubt("Tiki wiki", "tiki wiki", **given) == ""
    assert find_correction_doubt("Tiki wiki", "wiki tiki", **given) == "words_in_disorder"


def test_spans_are_left_out_and_nothing_is_said_of_a_text_of_these_alone(student):
    engine = student.queue.engine
    bare = measure_likelihood(engine, "Open now.", "Abra agora.")
    assert measure_likelihood(engine, "Open %s now.", "Abra %s agora.", protection=ALL) == bare
    assert measure_likelihood(engine, "%s %d", "%s %d") is None


def test_an_engine_that_does_not_say_leaves_it_to_the_letters(tmp_path):
    store = FeedbackStore.open(tmp_path / "a.feedback")
    with serving(upper(), store=store) as running:
        assert running.service.translator.students[0].weigh("open it", "OPEN THIS").result() is None
    store.close()


def test_other_orders_are_the_same_words_and_the_same_each_time():
    orders = other_orders("a b c d")
    assert orders[0] == "d c b a" and orders == other_orders("a b c d")
    assert all(sorted(one.split()) == list("abcd") and one != "a b c d" for one in orders)
    assert other_orders("word") == []


def test_a_question_is_answered_between_batches_and_its_failure_stops_nothing():
    engine = UpperEngine()
    student = upper(engine=engine)
    engine.hold.clear()
    waiting = student.translate(["a"])
    asked = student.queue.ask(lambda asked_engine: asked_engine.signature)
    failing = student.queue.ask(lambda _: 1 / 0)
    engine.hold.set()
    assert (waiting.result()[0][0].text, asked.result()) == ("A", "upper")
    with pytest.raises(ZeroDivisionError):
        failing.result()
    assert student.translate(["b"]).result()[0][0].text == "B"
    student.queue.close()
    with pytest.raises(QueueClosedError):
        student.queue.ask(lambda _: None)
