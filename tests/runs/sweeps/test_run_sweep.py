"""A sweep of two points: a tiny real student, and a scripted teacher that is asked over real HTTP."""

import csv
import json
import random

import pytest

from answer_key import answer
from scripted.llm import ScriptedLlm
from tutelage.core.errors import RecipeError, TeacherError, UsageError, UserError
from tutelage.core.evidence import Comparison
from tutelage.core.languages import Direction
from tutelage.core.recipe_writing import render_recipe
from tutelage.core.settings import FreshSettings
from tutelage.evaluation.report_data import StepReport
from tutelage.runs.recipe_files import load_recipe
from tutelage.runs.run_list import list_runs
from tutelage.runs.sweeps import sweep as sweeps
from tutelage.runs.sweeps.grid import parse_grid
from tutelage.runs.sweeps.plan import plan_sweep
from tutelage.runs.sweeps.sweep import run_sweep
from tutelage.storage.plain import from_plain
from whole_runs import TRAIN, make_recipe, patching_table

SHAPE = FreshSettings(
    width=16, feed_forward=32, heads=2, encoder_layers=1, decoder_layers=1, vocabulary=302, max_tokens=64
)
WORDS = ("open", "the", "file", "close", "window", "save", "all", "settings", "abra", "arquivo", "feche", "janela")
RATE = "step.0.train.learning_rate"
GRID = (f"{RATE}=1e-3,1e-2",)
SLOW, FAST = "patch_learning_rate-1e-3", "patch_learning_rate-1e-2"


@pytest.fixture(scope="module")
def recipe_file(domain, tmp_path_factory):
    """Distilling thirty segments into an untrained student, in two updates; the teacher is put in later."""
    from tutelage.students.fresh import make_student

    folder, generator = tmp_path_factory.mktemp("sweep"), random.Random(0)
    texts = [" ".join(generator.choices(WORDS, k=6)) for _ in range(300)]
    make_student(folder / "student", shape=SHAPE, texts=texts, direction=Direction("en", "pt-BR"), seed=0)
    table = patching_table(domain, folder / "student", "http://127.0.0.1:1/v1")
    table["text"]["pool"]["limit"], table["text"]["test"]["limit"] = 30, 20
    table["evaluation"]["max_target_tokens"] = 12
    table["step"] = [{"method": "sequence_kd", "train": {**TRAIN, "max_updates": 2}, "gate": ["chrf: at least 0"]}]
    path = folder / "recipe.toml"
    path.write_text(render_recipe(make_recipe(table)), encoding="utf-8")
    return path


def plan(recipe_file, runs, *, grid=GRID, seeds=None, overrides=()):
    return plan_sweep(recipe_file, varied=parse_grid(grid, seeds=seeds), runs=runs, overrides=overrides)


@pytest.fixture(scope="module")
def swept(recipe_file, tmp_path_factory):
    """The sweep's result, its runs' folder, how often the teacher was asked, and the override with its address."""
    runs = tmp_path_factory.mktemp("runs")
    with ScriptedLlm(script=answer) as llm:
        overrides = (f"teachers.llm.base_url={llm.base_url}",)
        result = run_sweep(plan(recipe_file, runs, overrides=overrides), runs=runs, command="tutelage sweep x")
        yield result, runs, len(llm.requests), overrides


def notes(folder):
    return json.loads((folder / "run.json").read_text())["stages"]


def test_each_point_is_an_ordinary_run_named_after_what_it_sets(swept):
    result, runs, _, _ = swept
    assert result.folder == runs / "patch-sweep"
    assert [(point.name, point.state) for point in result.points] == [(SLOW, "done"), (FAST, "done")]
    rates = [load_recipe(result.folder / name / "recipe.toml").step[0].train.learning_rate for name in (SLOW, FAST)]
    assert rates == [1e-3, 1e-2]
    assert all((result.folder / name / "report.html").is_file() for name in (SLOW, FAST))
    assert result.exit_code == 0


def test_stages_are_shared_by_content_and_questions_by_the_ledger(swept):
    result, runs, requests, _ = swept
    first, second = (result.folder / name / "01-sequence_kd" for name in (SLOW, FAST))
    for shared in ("pool.parquet", "examples.parquet", "tests/domain-before.parquet"):
        assert (first / shared).samefile(second / shared), shared
        assert notes(result.folder / FAST)[f"01-sequence_kd/{shared.removesuffix('.parquet')}"]["from"] == SLOW
    for own in ("student/model.safetensors", "translations.parquet", "tests/domain-after.parquet"):
        assert not (first / own).samefile(second / own), own
    kept, linked = notes(result.folder / SLOW), notes(result.folder / FAST)
    free = {name for name, facts in kept.items() if facts["asked"] == 0 and facts["key"] == linked[name]["key"]}
    counted = {name for name in kept if (result.folder / SLOW / f"{name}.json").is_file()}
    assert {name for name, facts in linked.items() if "from" in facts} == free - counted, "the same key is enough"
    one, two = (point.outcome for point in result.points)
    assert (one.calls, one.reused) == (requests, 0)
    assert (two.calls, two.reused) == (0, requests)
    assert (runs / "ledger.sqlite").is_file() and not (result.folder / "ledger.sqlite").exists()


def test_the_table_tells_what_the_runs_have_found(swept):
    result, *_ = swept
    rows = list(csv.DictReader((result.folder / "sweep.csv").open()))
    assert [row[RATE] for row in rows] == ["1e-3", "1e-2"]
    for row, point in zip(rows, result.points, strict=True):
        step = json.loads((result.folder / point.name / "01-sequence_kd" / "step.json").read_text())
        report = from_plain(StepReport)(step)
        chrf: Comparison = next(one for one in report.comparisons if one.name == "chrf")
        assert float(row["domain.chrf.after"]) == chrf.after
        assert (float(row["domain.chrf.low"]), float(row["domain.chrf.high"])) == (chrf.low, chrf.high)
        assert (row["verdict"], row["updates"]) == (report.gate.verdict, "2")
        assert float(row["dev_loss"]) == min(one.dev_loss for one in report.losses if one.dev_loss is not None)
    markdown = (result.folder / "sweep.md").read_text()
    assert "is not evidence: choose on the dev text" in markdown
    assert all(f"| {rate} |" in markdown for rate in ("1e-3", "1e-2"))
    page = result.page.read_text()
    assert "is not evidence" in page and 'class="path"' in page and "2 of 2 points." in page


def refuse(*_, **__):
    raise AssertionError("a finished point is run again")


def test_finished_points_are_skipped(swept, recipe_file, monkeypatch):
    result, runs, _, overrides = swept
    monkeypatch.setattr(sweeps, "run_recipe", refuse)
    again = run_sweep(plan(recipe_file, runs, overrides=overrides), runs=runs)
    assert again.points == result.points


def test_a_point_that_fails_is_noted_and_the_others_go_on(swept, recipe_file, monkeypatch):
    _, runs, _, overrides = swept
    tried = []

    def fail(recipe, **_):
        tried.append(recipe.name)
        raise TeacherError("the teacher does not answer.", fix="Start it.")

    monkeypatch.setattr(sweeps, "run_recipe", fail)
    wide = plan(recipe_file, runs, grid=(f"{RATE}=1e-5,1e-3,1e-6,1e-2",), overrides=overrides)
    result = run_sweep(wide, runs=runs)
    assert tried == ["patch_learning_rate-1e-5", "patch_learning_rate-1e-6"]
    assert [point.state for point in result.points] == ["failed", "done", "failed", "done"]
    assert result.exit_code == 75
    assert "the teacher does not answer. Start it." in (result.folder / "sweep.md").read_text()
    (listed,) = list_runs(runs)
    assert (listed.name, listed.state) == ("patch-sweep", "failed")
    assert listed.headline == "sweep of learning_rate: 2 of 4 points done, 2 failed"
    assert {run.name for run in list_runs(runs / "patch-sweep")} == {SLOW, FAST}


def test_an_interruption_leaves_all_to_go_on_with(swept, recipe_file, monkeypatch):
    _, runs, _, overrides = swept

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(sweeps, "run_recipe", stop)
    wide = plan(recipe_file, runs, grid=(f"{RATE}=1e-3,1e-5",), overrides=overrides)
    with pytest.raises(KeyboardInterrupt):
        run_sweep(wide, runs=runs)
    state = json.loads((runs / "patch-sweep" / "sweep.json").read_text())
    assert (state["state"], [point["state"] for point in state["points"]]) == ("stopped", ["done", "stopped"])
    assert next(run.state for run in list_runs(runs)) == "stopped"
    tried = []

    def fail(recipe, **_):
        tried.append(recipe.name)
        raise UserError("no.")

    monkeypatch.setattr(sweeps, "run_recipe", fail)
    assert run_sweep(wide, runs=runs).exit_code == 1
    assert tried == ["patch_learning_rate-1e-5"]


def test_all_points_are_checked_before_anything_runs(recipe_file, tmp_path):
    with pytest.raises(RecipeError) as caught:
        plan(recipe_file, tmp_path, grid=("step.0.train.learning_rat=1,2", "step.0.train.epochs=3,none,-1"))
    problems = " ".join(caught.value.problems)
    assert "step.0.train.learning_rat: unknown key. Did you mean 'learning_rate'?" in problems
    assert "(given: 'none'). At the point learning_rat 1, epochs none." in problems
    assert "(given: -1.0)" in problems or "(given: -1)" in problems
    assert len(caught.value.problems) == 3
    with pytest.raises(RecipeError, match="teachers"):
        plan(recipe_file, tmp_path, grid=("step.0.teacher=llm,other",))
    with pytest.raises(UsageError, match=r"--grid: 'step\.4\.share=0\.5'"):
        plan(recipe_file, tmp_path, grid=("step.4.share=0.5,1",))
    assert not list(tmp_path.iterdir())


def test_the_estimate_is_of_all_points(recipe_file, tmp_path):
    one = plan(recipe_file, tmp_path, grid=("step.0.share=1.0,0.5",), seeds="1,2").estimate
    # the pool or half of it, twenty test segments, and every twentieth question again
    assert (one.points, one.teacher_calls) == (4, 2 * (50 + 3) + 2 * (35 + 2))


def test_two_processes_do_not_share_a_sweep(swept, recipe_file):
    from tutelage.runs.sweeps.folder import SweepFolder

    _, runs, _, overrides = swept
    planned = plan(recipe_file, runs, overrides=overrides)
    folder = SweepFolder.open(runs / planned.name, planned, command="")
    with pytest.raises(UserError, match="another process"):
        run_sweep(planned, runs=runs)
    folder.close()


def test_a_changed_recipe_or_text_is_not_taken_for_done(swept, recipe_file, monkeypatch):
    _, runs, _, overrides = swept
    monkeypatch.setattr(sweeps, "run_recipe", refuse)
    with pytest.raises(AssertionError, match="run again"):
        run_sweep(plan(recipe_file, runs, overrides=(*overrides, "evaluation.resamples=101")), runs=runs)
    state = json.loads((runs / "patch-sweep" / "sweep.json").read_text())
    assert [point["state"] for point in state["points"]] == ["stopped", "waiting"]
    # the second point was not begun with the change: without it, that point is still done
    only = plan(recipe_file, runs, grid=(f"{RATE}=1e-2",), overrides=overrides)
    assert run_sweep(only, runs=runs).points[0].state == "done"
