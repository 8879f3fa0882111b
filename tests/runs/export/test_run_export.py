"""A run whose recipe has [export] ends with it, if its gates were passed."""

import shutil

import pytest

from tutelage.core.protocols import Silence
from tutelage.core.recipe_reading import parse_recipe
from tutelage.methods.registry import step_types
from tutelage.runs.checks.recipe_check import check_recipe
from tutelage.runs.run import run_recipe


class Listing(Silence):
    def __init__(self):
        self.names = []

    def start(self, name, *, total, unit="segments"):
        self.names.append(name)


@pytest.fixture
def runs(base_run, tmp_path):
    shutil.copytree(base_run.folder, tmp_path / "base")
    return tmp_path


def recipe_of(runs, *overrides):
    text = (runs / "base" / "recipe.toml").read_text()
    return parse_recipe(text, step_types=step_types(), overrides=overrides)


def test_the_promoted_student_is_exported_once_and_not_decoded_again_for_it(runs):
    heard = Listing()
    recipe = recipe_of(runs, 'export.to="ctranslate2"', 'export.licence="MIT"')
    result = run_recipe(recipe, runs=runs, progress=heard)
    assert result.passed and result.export.folder == runs / "base" / "export"
    assert "exported student translates" in heard.names and "promoted student translates" not in heard.names
    assert "license: mit\n" in (result.export.folder / "README.md").read_text()
    again = run_recipe(recipe, runs=runs)
    assert again.passed and again.export.parity is None


def test_what_the_gate_did_not_promote_is_not_exported(runs):
    result = run_recipe(recipe_of(runs, "export.to=ctranslate2", 'step.0.gate=["chrf: at least 101"]'), runs=runs)
    assert not result.passed and result.export is None
    assert not (runs / "base" / "export").exists()


def test_a_refused_export_leaves_the_run_not_passed(runs):
    rules = 'export.rules=["chrf: better by at least 50"]'
    result = run_recipe(recipe_of(runs, "export.to=transformers", rules), runs=runs)
    assert result.decision.passed and not result.passed
    assert result.export.told[0].startswith("export: refused") and result.export.folder.name == "export-refused"


def test_problems_of_the_section_are_told_with_all_others(runs):
    recipe = recipe_of(runs, "export.to=ctranslate3", 'text.test.path="none.tsv"')
    problems = check_recipe(recipe, runs=runs).problems
    assert "export.to: no kind of export is called 'ctranslate3'. Did you mean 'ctranslate2'?" in problems
    assert any("none.tsv" in problem for problem in problems)
    recipe = recipe_of(runs, 'export.rules=["chrf: perfect"]', "export.compute_type=int4")
    problems = check_recipe(recipe, runs=runs).problems
    assert [problem.partition(":")[0] for problem in problems] == ["export.compute_type", "export.rules"]
