"""What the report of a run is made of: the steps of its recipe, and no others that lie in the folder."""

import json
import shutil

import pytest

from tutelage.core.errors import UserError
from tutelage.core.evidence import GateDecision
from tutelage.core.recipe_writing import render_recipe
from tutelage.evaluation.readings import STEP_FILE
from tutelage.evaluation.report_data import StepReport
from tutelage.runs.report import read_run_report, write_report, write_step_report
from whole_runs import make_recipe


def make_step(number, method, verdict):
    gate = GateDecision(verdict, verdict == "better", ())
    return StepReport(number, method, gate, systems=(), comparisons=())


def write_recipe(folder, *methods):
    recipe = make_recipe(
        {
            "name": "x",
            "direction": {"source": "en", "target": "pt-BR"},
            "student": {"model": "embedded:en-pt"},
            "step": [{"method": method} for method in methods],
        }
    )
    (folder / "recipe.toml").write_text(render_recipe(recipe))


@pytest.fixture
def run(tmp_path):
    """A run of two steps, both finished."""
    state = {"created": "2026-01-31T12:00:00Z", "tutelage": "1", "machine": "a machine"}
    (tmp_path / "run.json").write_text(json.dumps(state))
    write_recipe(tmp_path, "patching", "sequence_kd")
    for number, method, verdict in ((1, "patching", "better"), (2, "sequence_kd", "worse")):
        folder = tmp_path / f"{number:02d}-{method}"
        folder.mkdir()
        write_step_report(folder / STEP_FILE, make_step(number, method, verdict))
    return tmp_path


def methods_of(run):
    return [(step.number, step.method) for step in read_run_report(run).steps]


def test_the_steps_are_those_of_the_recipe(run):
    assert methods_of(run) == [(1, "patching"), (2, "sequence_kd")]
    write_recipe(run, "patching")
    assert methods_of(run) == [(1, "patching")]
    assert read_run_report(run).verdict == "better"


def test_a_step_behind_one_that_is_not_finished_is_of_an_older_recipe(run):
    write_recipe(run, "patching", "patching", "sequence_kd")
    assert methods_of(run) == [(1, "patching")]
    write_recipe(run, "sequence_kd", "sequence_kd")
    with pytest.raises(UserError, match="there is no finished step to report"):
        read_run_report(run)


def test_a_damaged_run_is_told(run):
    (run / "run.json").write_text("{")
    with pytest.raises(UserError, match=r"run\.json is damaged"):
        write_report(run)
    (run / "recipe.toml").unlink()
    (run / "run.json").write_text("{}")
    with pytest.raises(UserError, match="there is no finished step to report"):
        write_report(run)


def test_the_report_says_how_often_the_test_set_was_read_for_a_choice(tmp_path, run):
    runs = tmp_path / "runs"
    for name, test in (("first", "a.tsv"), ("second", "a.tsv"), ("third", "b.tsv"), ("open", "a.tsv")):
        shutil.copytree(run, runs / name, ignore=shutil.ignore_patterns("runs"))
        with (runs / name / "recipe.toml").open("a") as recipe:
            recipe.write(f'\n[text.test]\npath = "{test}"\n')
    for step in (runs / "open").glob(f"*/{STEP_FILE}"):
        step.unlink()
    (runs / "damaged").mkdir()
    (runs / "damaged" / "recipe.toml").write_text("text = [")
    read = read_run_report(runs / "second").readings
    assert (read.gates, read.runs) == (4, 2)
    page = write_report(runs / "second").path.read_text("utf-8")
    assert "read for 4 decisions of gates, in\n    2 runs of this folder" in page
    assert "1 run of this folder" in write_report(runs / "third").path.read_text("utf-8")
    assert read_run_report(run).readings.gates == 0  # its recipe names no test set
