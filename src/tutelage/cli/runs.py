"""Commands that make runs and show them: demo, run, sweep, list, report."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tutelage.cli.options import DEFAULT_RUNS, Json, Overrides, Quiet, Runs, refuse_unheeded
from tutelage.cli.output import align, print_found
from tutelage.cli.progress import shown_progress
from tutelage.core.counts import counted

if TYPE_CHECKING:
    from tutelage.runs.run import RunResult
    from tutelage.runs.sweeps.plan import SweepEstimate
    from tutelage.runs.sweeps.sweep import SweepResult
    from tutelage.runs.sweeps.tables import Table

GATE_NOT_PASSED = 3


def demo(
    context: typer.Context,
    files: Annotated[
        bool, typer.Option("--files", help="Translate a catalogue and an XLIFF file instead, and write their review.")
    ] = False,
    overrides: Overrides = None,
    runs: Runs = DEFAULT_RUNS,
    quiet: Quiet = False,
) -> None:
    """Patch the embedded student on real text, offline, in a few minutes.

    No key, no GPU and no download is needed. The last line is the path of the report, with --files of the review page.

    Example: tutelage demo
    """
    if files:
        refuse_unheeded(context, "overrides", fix="The files are translated without a recipe: leave it out.")
        _show_files(runs, quiet=quiet)
        return
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

    Prints the verdict, and the path of the report as the last line. Exit code 3: the gate was not passed.

    Relative paths inside the recipe are relative to the current directory.

    Example: tutelage run recipe.toml --set step.0.train.epochs=5
    """
    from tutelage.runs.recipe_files import load_recipe
    from tutelage.runs.run import run_recipe

    loaded = load_recipe(recipe, overrides or ())
    with shown_progress(quiet=quiet) as progress:
        result = run_recipe(loaded, runs=runs, progress=progress, command=_command())
    _show(result)


def sweep(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="The recipe, a TOML file.", show_default=False)],
    grid: Annotated[
        list[str] | None,
        typer.Option(
            "--grid",
            metavar="KEY=V1,V2",
            help="Values of a key, for instance step.0.train.epochs=1,3. Given again: every combination.",
        ),
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(metavar="S1,S2", help="Seeds with which every combination is run.")
    ] = None,
    overrides: Overrides = None,
    runs: Runs = DEFAULT_RUNS,
    check: Annotated[bool, typer.Option("--check", help="Only find mistakes and estimate; run nothing.")] = False,
    quiet: Quiet = False,
) -> None:
    """Run a recipe with every combination of some values, and show one table; the same command goes on.

    Each combination is a run in runs/NAME-sweep/. Prints the table, and the path of a page with plots as the last line.

    Exit code 1: a point failed; 75: another try may help.

    Example: tutelage sweep recipe.toml --grid step.0.train.learning_rate=1e-4,2e-4 --seeds 1,2,3
    """
    from tutelage.runs.sweeps.grid import parse_grid
    from tutelage.runs.sweeps.plan import plan_sweep

    planned = plan_sweep(recipe, varied=parse_grid(grid or (), seeds=seeds), runs=runs, overrides=overrides or ())
    for line in _estimate_lines(planned.estimate):
        print(line, file=sys.stdout if check else sys.stderr, flush=True)
    if check:
        return
    from tutelage.runs.sweeps.sweep import run_sweep

    with shown_progress(quiet=quiet) as progress:
        result = run_sweep(planned, runs=runs, progress=progress, command=_command())
    for line in _result_lines(result):
        print(line)
    if result.exit_code:
        raise typer.Exit(result.exit_code)


def list_(runs: Runs = DEFAULT_RUNS, as_json: Json = False) -> None:
    """List the runs and sweeps, newest first: state, verdict, scores before and after, date.

    Example: tutelage list
    """
    from tutelage.cli.summaries import render_runs
    from tutelage.runs.run_list import list_runs

    found = list_runs(runs)
    print_found(found, render_runs(found), as_json=as_json)


def report(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.", show_default=False)],
) -> None:
    """Write report.html again from what is in a run's folder, and print its verdict.

    The last line is the path of the report.

    Example: tutelage report runs/demo
    """
    from tutelage.runs.report import write_report
    from tutelage.students.promoted import require_run_folder

    written = write_report(require_run_folder(run_folder))
    for line in (*written.lines, str(written.path)):
        print(line)


def _show_files(runs: Path, *, quiet: bool) -> None:
    from tutelage.tasks.files_demo import run_files_demo

    with shown_progress(quiet=quiet) as progress:
        shown = run_files_demo(runs / "demo-files", runs=runs, progress=progress)
    for line in shown.lines():
        print(line)


def _show(result: RunResult) -> None:
    for line in (*result.lines, *(result.export.told if result.export else ())):
        print(line)
    print(result.report)
    if not result.passed:
        raise typer.Exit(GATE_NOT_PASSED)


def _command() -> str:
    """The command as it was given, for the report."""
    return shlex.join(["tutelage", *sys.argv[1:]])


def _estimate_lines(estimate: SweepEstimate) -> Iterator[str]:
    from tutelage.evaluation.figures import format_money, format_seconds

    cost = "unknown" if estimate.cost is None else f"at most {format_money(estimate.cost)}"
    yield (
        f"{counted(estimate.points, 'point')}: at most {counted(estimate.teacher_calls, 'teacher call')}, "
        f"{counted(estimate.teacher_tokens, 'token')}, about {format_seconds(60 * estimate.minutes)} of training, "
        f"cost {cost}"
    )
    yield "Points share what they can: equal questions are asked once, and equal stages are made once."
    yield from (f"note: {note}" for note in estimate.notes)


def _result_lines(result: SweepResult) -> Iterator[str]:
    yield from _table_lines(result.table)
    if result.seeds:
        yield ""
        yield "mean change over the seeds ± standard deviation → mean score after"
        yield from _table_lines(result.seeds)
    yield ""
    yield from result.notes
    yield from (f"failed: {point.name}: {point.message}" for point in result.failed)
    yield str(result.page)


def _table_lines(table: Table) -> Iterator[str]:
    return align([table.header, *table.rows], right=range(table.first_figure, len(table.header)))
