"""What the commands run, demo and report print, and with which exit code."""

from pathlib import Path

import pytest

from tutelage.core.errors import BudgetError, TeacherError
from tutelage.core.evidence import GateDecision
from tutelage.runs.run import RunResult


def result(*, passed):
    decision = GateDecision("better" if passed else "worse", passed, ())
    return RunResult(
        folder=Path("runs/x"),
        report=Path("runs/x/report.html"),
        student=Path("runs/x/01-patching/student"),
        decision=decision,
        lines=(f"verdict: {decision.verdict}", "  spent: nothing"),
    )


@pytest.fixture
def recipe(tutelage, domain, small_students):
    tutelage("init", "--student", small_students[0], "--text", domain, "-o", "x.toml")
    return "x.toml"


@pytest.mark.parametrize(("passed", "code"), [(True, 0), (False, 3)])
def test_the_report_is_the_last_line_and_the_gate_is_the_exit_code(tutelage, recipe, monkeypatch, passed, code):
    given = {}

    def run_recipe(loaded, **options):
        given.update(options, name=loaded.name, epochs=loaded.step[0].train.epochs)
        return result(passed=passed)

    monkeypatch.setattr("tutelage.runs.run.run_recipe", run_recipe)
    shown = tutelage("run", recipe, "--set", "step.0.train.epochs=5", "--runs", "out")
    assert shown.returncode == code
    assert shown.stdout.splitlines()[0] == f"verdict: {'better' if passed else 'worse'}"
    assert shown.stdout.splitlines()[-1] == "runs/x/report.html"
    assert (given["name"], given["epochs"], given["runs"]) == ("x", 5, Path("out"))
    assert given["command"] == "tutelage run x.toml --set step.0.train.epochs=5 --runs out"


@pytest.mark.parametrize("error", [TeacherError, BudgetError])
def test_what_may_work_later_exits_with_75(tutelage, recipe, monkeypatch, error):
    def run_recipe(*_, **__):
        raise error("the teacher does not answer.", where="http://127.0.0.1:9", fix="Start it.")

    monkeypatch.setattr("tutelage.runs.run.run_recipe", run_recipe)
    shown = tutelage("run", recipe)
    assert shown.returncode == 75
    assert shown.stderr == "tutelage: http://127.0.0.1:9: the teacher does not answer. Start it.\n"


def test_the_demo_gives_its_report_too(tutelage, monkeypatch):
    monkeypatch.setattr("tutelage.runs.demo.run_demo", lambda **_: result(passed=True))
    shown = tutelage("demo")
    assert shown.returncode == 0
    assert shown.stdout.endswith("runs/x/report.html\n")


def test_report_needs_a_finished_run(tutelage, tmp_path):
    assert tutelage("report", "none").returncode == 2
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "run.json").write_text("{}")
    shown = tutelage("report", "x")
    assert shown.returncode == 2
    assert "no finished step" in shown.stderr
