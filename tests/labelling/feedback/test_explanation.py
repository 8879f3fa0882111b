"""Errors that comparison has found, explained afterwards: several in a question, each by its number."""

import json
import re

import pytest

from made_stages import make_table
from scripted.llm import ScriptedLlm
from tutelage.core.languages import Direction
from tutelage.core.records import ErrorSpan, Feedback, Hypothesis, Provenance, Segment
from tutelage.core.runner import LOCAL
from tutelage.labelling.feedback.explanation import (
    EXPLAINED,
    MOST_ERRORS,
    MOST_SEGMENTS,
    ExplainedInputs,
    Explainer,
    group_errors,
)
from tutelage.labelling.roles.explaining import Corrected, ExplainErrors, Explanations, explained_errors
from tutelage.labelling.teachers import AskedTeacher
from tutelage.storage.ledger import Ledger
from tutelage.storage.stages import StageFolder

EN_PT = Direction("en", "pt-BR")
WRONG = "Abra o ficheiro do utilizador"


def span(wrong, correction):
    start = WRONG.index(wrong)
    return ErrorSpan(-1, -1, start, start + len(wrong), "accuracy/mistranslation", "major", correction)


def feedback(name, *errors):
    errors = errors or (span("ficheiro", "arquivo"), span("utilizador", "usuário"))
    hypothesis = Hypothesis(Segment(name, "Open the file of the user", "en"), WRONG, "s")
    return Feedback(hypothesis, errors, "Abra o arquivo do usuário", 0.5, Provenance(teacher="t"))


def explanation(number, category="terminology/wrong-term"):
    return {"number": number, "explanation": f"Why {number}.", "category": category, "severity": "minor"}


class OneTeacher:
    def __init__(self, llm, ledger):
        self._llm, self.ledger, self.runner = llm, ledger, LOCAL

    def chat(self, _name):
        return self._llm.teacher()


def explained(tmp_path, script, feedbacks, selected):
    folder = StageFolder(tmp_path / "step", note=lambda *_: None)
    given = make_table(folder, "feedback", Feedback, key="f", produce=lambda: feedbacks)
    with ScriptedLlm(script=script) as llm, Ledger.open(tmp_path / "l.sqlite", run="r") as ledger:
        explainer = Explainer(ExplainErrors(EN_PT), AskedTeacher("main", "chat:t", OneTeacher(llm, ledger)), 1)
        table = folder.make(EXPLAINED, ExplainedInputs(given, frozenset(selected), explainer))
        asked = [body["messages"][0]["content"] for body in llm.requests]
    return list(table), [(row.id, row.reason) for row in table.rejections()], asked


def test_selected_segments_are_explained_several_in_a_question(tmp_path):
    def script(messages):
        numbers = re.findall(r"^(\d+)\. \[", messages[0]["content"], re.MULTILINE)
        return json.dumps({"errors": [explanation(int(number)) for number in numbers]})

    rows, rejected, asked = explained(tmp_path, script, [feedback(n) for n in "abcd"], "abd")
    assert [row.id for row in rows] == ["a", "b", "d"]
    assert len(asked) == 1
    assert "6. [utilizador] → [usuário]" in asked[0]
    assert rejected == []
    assert [error.explanation for row in rows for error in row.errors] == [f"Why {n}." for n in range(1, 7)]
    assert {(error.category, error.severity) for row in rows for error in row.errors} == {
        ("terminology/wrong-term", "minor")
    }
    assert rows[0].errors[0].correction == "arquivo"
    assert rows[0].post_edit == feedback("a").post_edit


def test_what_is_not_explained_keeps_its_derived_class_and_is_counted(tmp_path):
    def script(_messages):
        return json.dumps({"errors": [explanation(1), explanation(3), explanation(3), explanation(9)]})

    rows, rejected, _ = explained(tmp_path, script, [feedback("a"), feedback("b")], "ab")
    assert [error.explanation for row in rows for error in row.errors] == ["Why 1.", "", "", ""]
    assert rows[1].errors == feedback("b").errors
    assert rejected == [("a", "not_explained"), ("b", "not_explained")]


def test_an_unreadable_answer_loses_no_correction(tmp_path):
    rows, rejected, _ = explained(tmp_path, lambda _: "no", [feedback("a"), feedback("b")], "ab")
    assert rows == [feedback("a"), feedback("b")]
    assert rejected == [("a+2", "unreadable_answer")]


@pytest.mark.parametrize(("counts", "groups"), [([2] * 7, [6, 1]), ([5, 5, 5], [2, 1]), ([13, 1], [1, 1]), ([], [])])
def test_questions_hold_so_many_errors_and_segments(counts, groups):
    one = span("ficheiro", "arquivo")
    given = [feedback(str(number), *[one] * count) for number, count in enumerate(counts)]
    made = list(group_errors(given))
    assert [len(group.feedbacks) for group in made] == groups
    assert [one for group in made for one in group.feedbacks] == given
    assert all(len(group.feedbacks) <= MOST_SEGMENTS for group in made)
    assert all(len(group.errors) <= MOST_ERRORS or len(group.feedbacks) == 1 for group in made)


def test_an_answer_without_a_usable_explanation_is_refused():
    item = Corrected((feedback("a"),))
    nothing = Explanations.model_validate({"errors": [explanation(7)]})
    assert explained_errors(item, nothing) == {}
    assert ExplainErrors(EN_PT).verify(item, nothing) == "nothing_explained"
