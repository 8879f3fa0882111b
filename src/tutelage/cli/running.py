"""Commands that make a run and show it: demo, run, report."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tutelage.cli.options import DEFAULT_RUNS, Overrides, Quiet, Runs
from tutelage.cli.progress import shown_progress

if TYPE_CHECKING:
    from tutelage.runs.run import RunResult

GATE_NOT_PASSED = 3


def demo(overrides: Overrides = None, runs: Runs = DEFAULT_RUNS, quiet: Quiet = False) -> None:
    """Patch the embedded student on real text, offline, in a few minutes.

    No key, no GPU and no download is needed. The last line is the path of the report.

    Example: tutelage demo
    """
    from tutelage.runs.demo import run_demo

    with shown_progress(quiet=quiet) as progress:
        result = run_demo(runs=runs, overrides=overrides or (), progress=progress)
    _show(result)


def run(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="The recipe, a TOML file.", show_default=False)],
    overrides: Overrides = None,
    runs: Runs = DEFAULT_RUNS,
    quiet: Quiet = False,
) -> None:
    """Do what a recipe says; the same command goes on where an earlier one was stopped.

    Prints the verdict, and the path of the report as the last line. Exit code 3: the gate was not passed. Relative
    paths inside the recipe are relative to the current directory.

    Example: tutelage run recipe.toml --set step.0.train.epochs=5
    """
    from tutelage.runs.recipe_files import load_recipe
    from tutelage.runs.run import run_recipe

    loaded = load_recipe(recipe, overrides or ())
    with shown_progress(quiet=quiet) as progress:
        result = run_recipe(loaded, runs=runs, progress=progress, command=_command())
    _show(result)


def report(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.", show_default=False)],
) -> None:
    """Write report.html again from what is in a run's folder, and print its verdict.

    The last line is the path of the report.

    Example: tutelage report runs/demo
    """
    from tutelage.runs.report import write_report
    from tutelage.students.naming import require_run_folder

    written = write_report(require_run_folder(run_folder))
    for line in (*written.lines, str(written.path)):
        print(line)


def _show(result: RunResult) -> None:
    for line in result.lines:
        print(line)
    print(result.report)
    if not result.decision.passed:
        raise typer.Exit(GATE_NOT_PASSED)


def _command() -> str:
    """The command as it was given, for the report."""
    return shlex.join(["tutelage", *sys.argv[1:]])
