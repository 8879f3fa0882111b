"""The folder of a finished run whose student was promoted, made without running: what exports begin with."""

import json
import shutil
from pathlib import Path

from tutelage.core.evidence import Comparison, GateDecision, RuleOutcome, Score, SystemScores
from tutelage.core.recipe_writing import render_recipe
from tutelage.evaluation.readings import STEP_FILE
from tutelage.evaluation.report_data import StepReport
from tutelage.runs.report import write_step_report
from tutelage.students.loading import locate_student
from whole_runs import make_recipe, merged


def make_promoted_run(folder: Path, *, student="embedded:en-pt", method="patching", **changes) -> Path:
    """A run of one step whose student is a copy of `student`; `changes` are merged into the tables of its recipe."""
    table = {
        "name": folder.name,
        "direction": {"source": "en", "target": "pt-BR"},
        "student": {"model": str(student)},
        "text": {"test": {"path": "embedded:general", "limit": 60}},
        "evaluation": {"resamples": 200, "max_target_tokens": 48},
        "step": [{"method": method}],
    }
    recipe = make_recipe(merged(table, changes))
    step = folder / f"01-{method}"
    shutil.copytree(locate_student(str(student)), step / "student")
    (folder / "recipe.toml").write_text(render_recipe(recipe), encoding="utf-8")
    state = {"created": "2026-01-31T12:00:00Z", "tutelage": "1", "student": f"{step.name}/student"}
    (folder / "run.json").write_text(json.dumps(state))
    write_step_report(step / STEP_FILE, promoted_step(method))
    return folder


def promoted_step(method):
    """A step that was promoted, with a score of each student."""
    chrf = "chrF2|version:2"
    before = Score("chrf", 50.0, 48.0, 52.0, 60, True, chrf)
    after = Score("chrf", 53.0, 51.0, 55.0, 60, True, chrf)
    off_target = Score("off_target", 2.0, 0.5, 4.0, 60, False, "off_target|strict")
    systems = (
        SystemScores("before", "domain", "old", (before,)),
        SystemScores("after", "domain", "new", (after, off_target)),
    )
    comparison = Comparison("domain", "chrf", 50.0, 53.0, 3.0, 2.0, 4.0, 0.001, True, 60)
    gate = GateDecision("better", True, (RuleOutcome("chrf: better", True, "chrF rose from 50.0 to 53.0."),))
    return StepReport(1, method, gate, systems=systems, comparisons=(comparison,))
