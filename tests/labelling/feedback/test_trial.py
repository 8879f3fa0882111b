"""The forms of feedback tried on the same hypotheses: figures, what is given up early, and which form is chosen."""

import json

import pytest

from answer_key import EUROPEAN, orders, translate, translate_european
from scripted.llm import ScriptedLlm
from scripted.questions import read_question
from tutelage.core.languages import Direction
from tutelage.core.protocols import Silence
from tutelage.core.records import Hypothesis, Segment
from tutelage.labelling.feedback.choice import FORMS, FormTrial, choose_form
from tutelage.labelling.feedback.trial import FIRST, FormRoles, Panel, grade_by_references, grade_by_return, try_forms
from tutelage.labelling.roles.feedback import GiveFeedback
from tutelage.storage.ledger import Ledger

EN_PT = Direction("en", "pt-BR")
SOURCES = orders(24, seed=5)


class Teacher:
    """Translates rightly there and leaves a text as it is on the way back, edits half, writes no valid feedback."""

    def answer_request(self, body):
        question = read_question(body)
        if question.role == "translate":
            text = question.part("source")
            return json.dumps({"translation": translate(text) if text in SOURCES else self.back(text)})
        if question.role == "edit":
            return question.part("hypothesis").replace("ficheiro", "arquivo")
        return "I would rather not."

    def back(self, text):
        right = {translate(source): source for source in SOURCES}
        european = {translate_european(source): "This is something else entirely." for source in SOURCES}
        return {**european, **right}.get(text, text)

    def __call__(self, messages):
        raise AssertionError("only whole requests are answered")


def hypotheses():
    return [Hypothesis(Segment(str(n), one, "en"), translate_european(one), "s") for n, one in enumerate(SOURCES)]


@pytest.fixture(scope="module")
def trials(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trial")
    with ScriptedLlm(script=Teacher()) as llm, Ledger.open(folder / "l.sqlite", run="r") as ledger:
        panel = Panel(FormRoles.of(GiveFeedback(EN_PT)), llm.teacher(), ledger, Silence(), seed=1)
        grade = grade_by_references({str(n): translate(one) for n, one in enumerate(SOURCES)})
        asked = try_forms(hypotheses(), panel=panel, grade=grade)
        sent = len(llm.requests)
        again = try_forms(hypotheses(), panel=panel, grade=grade)
        assert len(llm.requests) == sent, "what is in the ledger is not asked again"
        assert again == asked
        by_return = try_forms(
            hypotheses(), panel=panel, grade=grade_by_return(panel, dict(enumerate_sources())), forms=["translated"]
        )
    return {one.form: one for one in asked} | {"by return": by_return[0]}


def enumerate_sources():
    return ((str(n), one) for n, one in enumerate(SOURCES))


def test_a_translation_that_is_right_gains_what_the_hypotheses_lack(trials):
    found = trials["translated"]
    assert (found.segments, found.usable, found.quality) == (len(SOURCES), len(SOURCES), 100.0)
    wrong = sum(translate(one) != translate_european(one) for one in SOURCES)
    assert found.changed == wrong > 0
    assert found.before < 100
    assert found.gain == pytest.approx(100 - found.before)
    assert found.gain_per_1000_tokens == pytest.approx(1000 * found.gain / found.tokens_per_segment)


def test_an_edit_gains_where_it_corrects(trials):
    found, better = trials["edited"], trials["translated"]
    assert found.usable == len(SOURCES)
    assert 0 < found.changed < better.changed
    assert 0 < found.gain < better.gain
    assert all(gain >= 0 for gain in found.gains)


def test_a_form_without_usable_answers_is_given_up_after_the_first(trials):
    found = trials["asked"]
    assert (found.segments, found.usable, found.gain) == (FIRST, 0, 0.0)
    assert [(one.reason, one.count) for one in found.reasons] == [("unreadable_answer", FIRST)]
    assert len(found.gains) == FIRST


def test_the_way_back_tells_right_from_wrong_too(trials):
    assert trials["by return"].gain > 20


def test_the_form_with_most_gain_for_its_tokens_is_chosen_and_told(trials):
    choice = choose_form([trials[form] for form in FORMS])
    assert choice.form == "translated"
    assert "asked: 0 of 10 usable" in choice.reason
    assert "most gain" in choice.reason


def trial(form, *, segments=10, usable=10, gain=1.0, tokens=100):
    return FormTrial(form, segments, usable, usable, 60.0, 50.0, (gain,) * segments, tokens * segments, 0)


@pytest.mark.parametrize(
    ("trials", "form", "told"),
    [
        ([trial("translated", gain=5, tokens=200), trial("edited", gain=4, tokens=100)], "edited", "most gain"),
        ([trial("translated", gain=5), trial("asked", gain=9, usable=4)], "translated", "most gain"),
        ([trial("translated", gain=-1), trial("edited", gain=0)], "translated", "no form betters the hypotheses"),
        ([trial("translated", usable=1), trial("edited", usable=2)], "translated", "no form is usable"),
        ([trial("translated", gain=-3), trial("asked", gain=0.5, tokens=900)], "asked", "most gain"),
    ],
)
def test_choices(trials, form, told):
    choice = choose_form(trials)
    assert choice.form == form
    assert told in choice.reason


def test_the_domain_has_what_the_teacher_corrects():
    assert any(EUROPEAN["arquivo"] in translate_european(one) for one in SOURCES)
