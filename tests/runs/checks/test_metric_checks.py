"""Checks of the metrics that a recipe names: their teachers, a step that they measure, and what asking will take."""

import pytest

from tutelage.core.recipe_reading import validate_recipe
from tutelage.methods.registry import step_types
from tutelage.runs.checks.export_checks import recipe_export_problems
from tutelage.runs.checks.gate_checks import gate_problems
from tutelage.runs.checks.metric_checks import recipe_metric_problems
from tutelage.stages.checks.asked import ask_evidence
from tutelage.stages.checks.text_sizes import TextSizes

PARALLEL = {"path": "parallel.tsv"}


def make_recipe(tmp_path, *steps, **more):
    (tmp_path / "test.tsv").write_text("".join(f"segment number {n}\tsegmento {n}\n" for n in range(50)))
    tables = {
        "name": "x",
        "direction": {"source": "en", "target": "pt-BR"},
        "student": {"model": "student"},
        "teachers": {"llm": {"kind": "chat", "model": "m", "base_url": "http://localhost:1/v1"}},
        "text": {"test": {"path": str(tmp_path / "test.tsv")}},
        "evaluation": {"metrics": {"gemba": {"teacher": "llm"}}, "teacher_scores": False},
        "step": list(steps),
    }
    return validate_recipe(tables | more, step_types=step_types())


@pytest.mark.parametrize("method", ["sequence_kd", "patching", "radis", "language_aware"])
def test_a_rule_can_name_the_metric_of_every_step_that_translates(tmp_path, method):
    gate = ["gemba: better"]
    more = {"directions": [{"source": "en", "target": "de", "test": PARALLEL}]} if method == "language_aware" else {}
    gate += ["supervised.gemba: not worse", "en-de.gemba: not worse"] if more else []
    recipe = make_recipe(tmp_path, {"method": method, "gate": gate, **more})
    assert recipe_metric_problems(recipe) == []
    assert gate_problems(recipe.step[0], recipe) == []


def test_a_metric_that_would_never_be_asked_is_told(tmp_path):
    assert recipe_metric_problems(make_recipe(tmp_path, {"method": "paraphrase"})) == [
        "evaluation.metrics: they score translations, which no step (paraphrase) makes. Leave them out."
    ]
    both = make_recipe(tmp_path, {"method": "paraphrase"}, {"method": "sequence_kd"})
    assert recipe_metric_problems(both) == []


def test_an_export_is_measured_by_programs_alone(tmp_path):
    recipe = make_recipe(tmp_path, {"method": "sequence_kd"}, export={"rules": ["gemba: not worse"]})
    (problem,) = recipe_export_problems(recipe)
    assert "no measure is called 'gemba'" in problem


@pytest.mark.parametrize(("scores", "systems"), [(False, 2), (True, 3)])
def test_the_estimate_counts_a_rating_of_every_translation(tmp_path, scores, systems):
    evaluation = {"metrics": {"gemba": {"teacher": "llm", "asks": "score"}}, "teacher_scores": scores}
    recipe = make_recipe(tmp_path, {"method": "sequence_kd"}, evaluation=evaluation)
    asked = [one for one in ask_evidence(recipe, TextSizes(recipe), teacher=None) if one.calls]
    rated = {one.kind: one for one in asked if one.kind.startswith("rate")}
    assert rated.keys() == {"rate test"}
    assert rated["rate test"].calls == systems * 50
    assert rated["rate test"].teacher == "llm"
    assert rated["rate test"].output_tokens < 32 < rated["rate test"].input_tokens


def test_a_filter_by_a_metric_that_is_not_there(tmp_path):
    recipe = make_recipe(tmp_path, {"method": "sequence_kd"}, filters={"least": {"gemba": -5, "gamba": 3}})
    assert recipe_metric_problems(recipe) == [
        "filters.least: no metric of evaluation.metrics is called 'gamba'. Did you mean 'gemba'?"
    ]
