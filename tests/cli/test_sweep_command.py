"""The command sweep: what it prints, its exit codes, and what an interruption says."""

import os
import signal
import time
from pathlib import Path

import pytest

from tutelage.runs.sweeps.results import PointResult
from tutelage.runs.sweeps.sweep import SweepResult
from tutelage.runs.sweeps.tables import Table

GRID = ("--grid", "step.0.train.epochs=1,2")


@pytest.fixture
def recipe(tutelage, domain, small_students):
    tutelage("init", "--student", small_students[0], "--text", domain, "-o", "x.toml")
    return "x.toml"


def result(*codes):
    points = tuple(
        PointResult(f"x_{n}", (), "failed" if code else "done", "no.", code, None) for n, code in enumerate(codes)
    )
    table = Table(("epochs", "verdict", "chrF"), (("1", "better", "1 → 2"), ("2", "worse", "1 → 0")), 2)
    return SweepResult(Path("runs/x-sweep"), Path("runs/x-sweep/sweep.html"), points, table, None, ("A note.",))


@pytest.mark.parametrize(("codes", "code"), [((0, 0), 0), ((75, 0), 75), ((75, 1), 1), ((2, 0), 1)])
def test_the_page_is_the_last_line_and_failures_are_the_exit_code(tutelage, recipe, monkeypatch, codes, code):
    given = {}

    def run_sweep(planned, **options):
        given.update(options, names=[point.name for point in planned.points], points=planned.points)
        return result(*codes)

    monkeypatch.setattr("tutelage.runs.sweeps.sweep.run_sweep", run_sweep)
    shown = tutelage("sweep", recipe, *GRID, "--seeds", "1,2", "--set", "step.0.train.seed=7", "--runs", "out")
    lines = shown.stdout.splitlines()
    assert shown.returncode == code
    assert lines[0].split() == ["epochs", "verdict", "chrF"]
    assert "A note." in lines and lines[-1] == "runs/x-sweep/sweep.html"
    assert sum(line.startswith("failed: ") for line in lines) == sum(map(bool, codes))
    assert given["names"] == [f"x_epochs-{epochs}_seed-{seed}" for epochs in (1, 2) for seed in (1, 2)]
    assert {point.recipe.ledger for point in given["points"]} == {"out/ledger.sqlite"}
    assert {point.recipe.step[0].train.seed for point in given["points"]} == {7}
    assert given["command"].startswith("tutelage sweep x.toml --grid step.0.train.epochs=1,2 --seeds 1,2")
    assert "4 points: at most" in shown.stderr


def test_check_estimates_and_runs_nothing(tutelage, recipe, tmp_path):
    shown = tutelage("sweep", recipe, *GRID, "--check")
    assert shown.returncode == 0
    assert shown.stdout.startswith("2 points: at most ")
    assert not (tmp_path / "runs").exists()


def test_mistakes_in_the_grid(tutelage, recipe):
    shown = tutelage("sweep", recipe, "--grid", "step.0.train.epoch=1,2")
    assert shown.returncode == 2
    assert "step.0.train.epoch: unknown key. Did you mean 'epochs'?" in shown.stderr
    shown = tutelage("sweep", recipe, "--grid", "step.0.train.epochs=1,many")
    assert shown.returncode == 2
    assert "given: 'many'" in shown.stderr
    shown = tutelage("sweep", recipe)
    assert (shown.returncode, "nothing is varied" in shown.stderr) == (2, True)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_both_ways_to_stop_tell_how_to_go_on(tutelage, recipe, monkeypatch, end):
    def ended(*_, **__):
        os.kill(os.getpid(), end)
        time.sleep(60)  # another thread may have taken the signal: Python tells this one a little later

    monkeypatch.setattr("tutelage.runs.sweeps.sweep.run_sweep", ended)
    before = signal.getsignal(signal.SIGTERM)
    shown = tutelage("sweep", recipe, *GRID, "--quiet")
    assert shown.returncode == 128 + end
    assert shown.stderr.endswith("Go on with: tutelage sweep x.toml --grid step.0.train.epochs=1,2 --quiet\n")
    assert signal.getsignal(signal.SIGTERM) is before


def test_ls_lists_a_sweep_beside_runs_and_not_its_points(tutelage, tmp_path):
    sweep = tmp_path / "runs" / "x-sweep"
    (sweep / "x_epochs-1").mkdir(parents=True)
    (sweep / "x_epochs-1" / "run.json").write_text('{"state": "done", "updated": "2026-01-01T10:00:00Z"}')
    points = '[{"state": "done"}, {"state": "running"}]'
    (sweep / "sweep.json").write_text(
        f'{{"state": "running", "grid": {{"step.0.train.epochs": ["1", "2"]}}, "points": {points}, '
        '"updated": "2026-01-02T10:00:00Z"}'
    )
    lines = tutelage("list").stdout.splitlines()
    assert len(lines) == 2
    assert " ".join(lines[1].split()) == "x-sweep stopped – sweep of epochs: 1 of 2 points done 2026-01-02 10:00"
    assert "x_epochs-1" in tutelage("list", "--runs", sweep).stdout
    (sweep / "sweep.json").write_text("{")
    assert "damaged" in tutelage("list").stdout
