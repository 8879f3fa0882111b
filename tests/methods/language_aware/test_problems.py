"""Recipes that cannot be tuned for the right language: each told before anything is loaded."""

import json

import pytest

from answer_key import write_rows
from stub_models import write_stub_model
from tiny_students import CHAT_TEMPLATE
from tutelage.core.errors import RecipeError
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.recipe_writing import render_recipe
from tutelage.methods.language_aware.directions import list_directions
from tutelage.methods.registry import step_types
from tutelage.runs.checks.recipe_check import step_problems
from tutelage.students.kinds.registry import student_kind
from whole_runs import make_recipe

GATE = {"gate": ["en-de.chrf: better"]}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Folders that are models by their configuration alone, and a text in three languages."""
    place = tmp_path_factory.mktemp("aware")
    for name, kind in (("nllb", "m2m_100"), ("pair", "marian"), ("many", "marian"), ("bart", "bart"), ("chat", "llama"),
                       ("deaf", "llama"), ("half", "llama")):  # fmt: skip
        write_stub_model(place / name, kind)
    for name in ("chat", "deaf", "half"):
        (place / name / "chat_template.jinja").write_text(CHAT_TEMPLATE)
    (place / "deaf" / "instruction.txt").write_text("Translate: {source}")
    (place / "half" / "instruction.txt").write_text("To {target_language}: {source}")
    (place / "pair" / "vocab.json").write_text(json.dumps({"</s>": 0, "a": 1}))
    (place / "many" / "vocab.json").write_text(json.dumps({"</s>": 0, ">>por<<": 1}))
    write_rows(place / "multi.jsonl", [{"en": "one", "de": "eins", "fr": "un"}])
    write_rows(place / "test.jsonl", [{"en": "two", "de": "zwei", "fr": "deux"}])
    return place


def recipe_of(place, *, student="nllb", ways="en-de en-fr de-en", untested="de-fr", text=None, directions=(), **step):
    texts = {"path": str(place / "multi.jsonl"), "test": str(place / "test.jsonl")}
    named = [dict(zip(("source", "target"), way.split("-"), strict=True)) | texts for way in ways.split()]
    named += [dict(zip(("source", "target"), way.split("-"), strict=True)) | {"test": texts["test"]} for way in
              untested.split()]  # fmt: skip
    return make_recipe(
        {
            "name": "r",
            "direction": {"source": "en", "target": "de"},
            "student": {"model": str(place / student)} if isinstance(student, str) else student,
            "text": text or {},
            "step": [{"method": "language_aware", "directions": [*named, *directions], **step}],
        }
    )


def problems(place, **changes):
    return step_problems(recipe_of(place, **changes))


def test_a_multilingual_student_with_texts_has_none(place):
    assert problems(place) == []
    for student in ("many", "chat", "half", {"fresh": {"languages": ["en", "de", "fr"]}}):
        assert problems(place, student=student) == []
    rules = ["zero_shot.off_target: better", "supervised.chrf: not worse by more than 1 point",
             "de-fr.echo: at most 5", "en-de.chrf: better"]  # fmt: skip
    assert problems(place, gate=rules) == []
    for policy in ("any-other", "reverse", "zero-shot-pair"):
        assert problems(place, unlikelihood={"conflicts": policy}) == []
    assert problems(place, ways="en-de", unlikelihood={"conflicts": "reverse"}) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"directions": [{"source": "fr", "target": "de"}]}, "step.0.directions.4: fr→de has neither a path"),
        ({"ways": "en-de en-fr en-de"}, "step.0.directions.2: en→de is named 2 times"),
        ({"directions": [{"source": "pt", "target": "pt-BR", "test": "x.tsv"}]}, "pt→pt-BR is no translation"),
        ({"ways": ""}, "step.0.directions: none has a path"),
        ({"ways": "en-de fr-de"}, 'no wrong direction is possible under "target-changed"'),
        ({"ways": "en-de"}, 'take "reverse"'),
        ({"untested": "", "unlikelihood": {"conflicts": "zero-shot-pair"}, **GATE}, '"zero-shot-pair" draws from'),
        ({"untested": ""}, "no direction without a path has a test"),
        ({"gate": ["zero_shot.chrrf: better"]}, "Did you mean 'chrf'?"),
        ({"gate": ["zero_shott.chrf: better"]}, "Did you mean 'zero_shot'?"),
        ({"gate": ["fr-de.chrf: better"]}, "no test set is called 'fr-de'"),
        ({"gate": ["chrf: better"]}, "which the recipe does not name"),
        ({"student": "pair"}, "it translates in one direction and cannot be told another"),
        ({"student": "bart"}, "it translates in one direction and cannot be told another"),
        ({"student": "deaf"}, "its instruction does not name {target_language}"),
        (
            {"student": {"fresh": {"languages": ["en", "fr"]}}},
            "student.fresh.languages: a new student cannot be asked for de.",
        ),
        ({"stage_1": False, "stage_2": False}, "both stages are off"),
        ({"stage_1": False, "rationales": {}, "student": "chat"}, "they are written for stage 1"),
        ({"rationales": {}}, "is an encoder–decoder model"),
        ({"unlikelihood": {"refreshed": True}}, "there is one pass only"),
        ({"unlikelihood": {"train": {"objective": "self-distillation"}}}, "knows no wrong answers"),
        ({"directions": [{"source": "fr", "target": "en", "path": "none.jsonl"}]}, "directions.4.path: none.jsonl"),
    ],
)
def test_what_does_not_fit_is_told(place, changes, told):
    found = problems(place, **changes)
    assert [problem for problem in found if told in problem] != [], found


def test_texts_that_lack_a_language_or_name_unknown_fields_are_told(place):
    path = str(place / "multi.jsonl")
    (problem,) = problems(place, directions=[{"source": "es", "target": "en", "path": path, "limit": 3}])
    assert "step.0.directions.4.path" in problem
    assert "no source field" in problem
    table = {"path": path, "fields": {"sorce": "fr"}}
    (problem,) = problems(place, directions=[{"source": "fr", "target": "en", "path": table}])
    assert "directions.4.path.fields.sorce: unknown key. Did you mean 'source'?" in problem
    (problem,) = problems(place, directions=[{"source": "fr", "target": "en", "path": path, "test": path}])
    assert "it is the same text as path" in problem


def test_the_recipes_own_direction_is_one_of_the_registry(place):
    text = {"parallel": {"path": str(place / "multi.jsonl")}, "test": {"path": str(place / "test.jsonl")}}
    found = problems(place, text=text)
    assert any("en→de is named 2 times; text.parallel and text.test" in problem for problem in found)
    recipe = recipe_of(place, text=text, ways="de-en")
    assert step_problems(recipe) == []
    known = list_directions(recipe.step[0], recipe)
    assert [(one.test, one.group) for one in known] == [
        ("domain", "supervised"), ("de-en", "supervised"), ("de-fr", "zero_shot"),
    ]  # fmt: skip


def test_an_unknown_language_is_told_with_a_suggestion(place):
    with pytest.raises(RecipeError, match=r"directions\.4\.target: 'enj' is not a language.*Did you mean '\w+'\?"):
        recipe_of(place, directions=[{"source": "de", "target": "enj", "path": "x.tsv"}])


def test_a_recipe_is_read_back_as_it_was_written(place):
    recipe = recipe_of(place, directions=[{"source": "fr", "target": "en", "path": ["a.tsv", "b.tsv"], "limit": 5}])
    again = parse_recipe(render_recipe(recipe), step_types=step_types())
    assert again.step == recipe.step
    assert again.step[0].directions[4].path.path == ("a.tsv", "b.tsv")
    assert list_directions(again.step[0], again)[4].texts.settings.parallel.limit == 5


def test_stage_2_keeps_its_own_defaults_beside_what_is_set(place):
    (step,) = recipe_of(place, unlikelihood={"train": {"learning_rate": 1e-6}}).step
    train = step.unlikelihood.train
    assert (train.learning_rate, train.max_updates, train.normalisation) == (1e-6, 100, "sequence")
    assert (step.train.normalisation, step.unlikelihood.alpha) == ("token", 0.5)


@pytest.mark.parametrize(("student", "told"), [("nllb", True), ("many", False), ("chat", True), ("half", False)])
def test_some_students_are_told_the_target_alone(place, student, told):
    assert student_kind(place / student).says_source(place / student) is told
