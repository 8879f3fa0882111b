"""Run a sweep: point after point, each an ordinary run; what is done is skipped, what fails is told at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage import __version__
from tutelage.core.counts import counted
from tutelage.core.errors import UserError
from tutelage.core.protocols import Progress, Silence
from tutelage.runs.run import run_recipe
from tutelage.runs.sweeps.folder import SweepFolder
from tutelage.runs.sweeps.grid import describe_assignment
from tutelage.runs.sweeps.page import SweepPage, render_page
from tutelage.runs.sweeps.plan import Point, Sweep
from tutelage.runs.sweeps.results import PointResult, has_seeds, list_measures, moving_measures, read_results
from tutelage.runs.sweeps.sharing import stages_of_other_runs
from tutelage.runs.sweeps.state import DONE, FAILED, RUNNING, STOPPED
from tutelage.runs.sweeps.tables import Table, points_table, render_csv, render_markdown, seeds_table
from tutelage.storage.atomic import write_whole

NOT_EVIDENCE = {
    True: "A setting chosen by these test scores is not evidence: choose on the dev text, and measure the choice on a "
    "test text that no point has seen.",
    False: "A setting chosen by these test scores is not evidence: measure the choice on a test text that no point has "
    "seen.",
}
"""By whether the recipe has a dev text."""
SEVERAL_STEPS = "Compared are the last promoted student and the first; where none was promoted, those of the last step."


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What a sweep came to; `sweep.md` and `sweep.csv` lie beside the page."""

    folder: Path
    page: Path
    points: tuple[PointResult, ...]
    table: Table
    """Of the measures that moved."""
    seeds: Table | None
    """Means over the seeds; `None` if no setting has several."""
    notes: tuple[str, ...]

    @property
    def failed(self) -> tuple[PointResult, ...]:
        """The points that failed."""
        return tuple(point for point in self.points if point.state == FAILED)

    @property
    def exit_code(self) -> int:
        """0 if every point ran (gates choose no point here), 75 if another try may help with each, else 1."""
        codes = {point.exit_code for point in self.failed}
        return 0 if not codes else 75 if codes == {75} else 1


def run_sweep(sweep: Sweep, *, runs: Path, progress: Progress | None = None, command: str = "") -> SweepResult:
    """Run or go on with a sweep in `runs`/`sweep.name`; what is done already is skipped.

    A UserError of one point is noted, and the others go on; anything else ends the sweep, which the same call goes on
    with. `command` is told on the page as what repeats it.
    """
    folder = SweepFolder.open(runs / sweep.name, sweep, command=command)
    try:
        for number, point in enumerate(sweep.points, start=1):
            if not folder.is_done(point):
                _announce(progress or Silence(), number, point, of=len(sweep.points))
                _run_point(point, folder, progress=progress)
                write_results(sweep, folder)
        result = write_results(sweep, folder)
        folder.save(state=FAILED if result.failed else DONE)
        return result
    except BaseException:
        folder.save(state=STOPPED)
        raise
    finally:
        folder.close()


def write_results(sweep: Sweep, folder: SweepFolder) -> SweepResult:
    """Write `sweep.md`, `sweep.csv` and `sweep.html` of what is done so far."""
    results = read_results(folder.path, folder.state["points"])
    measures, notes = list_measures(results), _notes(sweep)
    points = points_table(results, measures=measures, dev=sweep.has_dev)
    seeds = seeds_table(results, measures=measures) if has_seeds(results) else None
    page = SweepPage(
        name=sweep.name,
        recipe=sweep.where,
        command=folder.state["command"] or f"tutelage sweep {sweep.where}",
        version=__version__,
        updated=folder.state["updated"].replace("T", " ").replace("Z", " UTC"),
        varied=sweep.varied,
        results=results,
        measures=measures,
        notes=notes,
        points=points,
        seeds=seeds,
    )
    write_whole(folder.path / "sweep.html", render_page(page))
    write_whole(folder.path / "sweep.md", _render_markdown(page))
    write_whole(folder.path / "sweep.csv", render_csv(results, measures=measures))
    return _result(folder.path, results, notes=notes, dev=sweep.has_dev)


def _run_point(point: Point, folder: SweepFolder, *, progress: Progress | None) -> None:
    folder.mark(point, RUNNING)
    borrow = stages_of_other_runs(folder.path, apart_from=point.name)
    again = f"tutelage run {folder.path / point.name / 'recipe.toml'} --runs {folder.path}"
    try:
        run_recipe(point.recipe, runs=folder.path, progress=progress, command=again, borrow=borrow)
    except UserError as error:
        folder.mark(point, FAILED, message=error.paragraph(), exit_code=error.exit_code)
    except BaseException:
        folder.mark(point, STOPPED)
        raise
    else:
        folder.mark(point, DONE)


def _announce(progress: Progress, number: int, point: Point, *, of: int) -> None:
    progress.start(f"point {number} of {of}", total=None)
    progress.finish(describe_assignment(point.assignment))


def _notes(sweep: Sweep) -> tuple[str, ...]:
    several = any(len(point.recipe.step) > 1 for point in sweep.points)
    return (NOT_EVIDENCE[sweep.has_dev], *((SEVERAL_STEPS,) if several else ()))


def _result(path: Path, results: tuple[PointResult, ...], *, notes: Sequence[str], dev: bool) -> SweepResult:
    moved = moving_measures(results)
    still = len(list_measures(results)) - len(moved)
    unmoved = (
        (f"Left out here: {counted(still, 'measure')} that no point has changed; sweep.md has them.",) if still else ()
    )
    seeds = seeds_table(results, measures=moved) if has_seeds(results) else None
    table = points_table(results, measures=moved, dev=dev)
    return SweepResult(path, path / "sweep.html", results, table, seeds, (*notes, *unmoved))


def _render_markdown(page: SweepPage) -> str:
    parts = [f"# {page.name}\n", *(f"{note}\n" for note in page.notes)]
    parts += ["Before → after, with the 95 % interval of the change:\n", render_markdown(page.points)]
    if page.seeds:
        parts += ["Mean change over the seeds ± standard deviation, and the mean score after:\n"]
        parts += [render_markdown(page.seeds)]
    failed = [f"- {result.name}: {' '.join(result.message.split())}\n" for result in page.results if result.message]
    parts += ["Failed:\n", "".join(failed)] if failed else []
    return "\n".join([*parts, f"    {page.command}\n"])
