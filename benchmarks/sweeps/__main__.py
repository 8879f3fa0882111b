"""A figure of a paper that varies one setting, as a sweep: its picture, and its table in Markdown.

    python -m benchmarks.sweeps contexts --picture docs/pictures/sweep-contexts.svg
    python -m benchmarks.sweeps alpha --show               (runs nothing; of the points that are done)

Each curve is one `tutelage sweep` of a recipe that is written into `--work` first; the command that does the same is
told on stderr. Small: few segments, one seed, students that two cores can train. Interrupted, it goes on.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from benchmarks.claims.claim.plot import draw_panels
from benchmarks.corpora.place import add_data_argument
from benchmarks.sweeps.figures import FIGURES, Curve, Figure
from benchmarks.sweeps.readings import Place, draw_panels_of, read_places, render_table
from benchmarks.sweeps.recipes import MATERIALS, Material
from tutelage.core.recipe_writing import render_recipe
from tutelage.runs.sweeps.grid import Varied
from tutelage.runs.sweeps.plan import SUFFIX, plan_sweep
from tutelage.runs.sweeps.sweep import run_sweep
from tutelage.storage.atomic import write_whole


def main() -> None:
    arguments = _parse_arguments()
    figure, work = FIGURES[arguments.figure], arguments.work.resolve()
    material = _material(figure, arguments.data, work)
    places = {}
    for number, curve in enumerate(figure.curves, start=1):
        name = f"{figure.name}-{number}"
        if not arguments.show:
            _run(name, curve, material, runs=work / figure.name)
        across = {material.fill(value): place for place, value in curve.values.items()}
        places[curve.name] = read_places(work / figure.name / f"{name}{SUFFIX}", across)
    print(describe(figure, places))
    draw_panels(list(draw_panels_of(figure, places)), arguments.picture or work / f"{figure.name}.svg")


def describe(figure: Figure, places: dict[str, list[Place]]) -> str:
    """The table, and what the paper's figure shows."""
    lines = (
        render_table(figure, places),
        "",
        f"- {figure.paper}: {figure.finds}.",
        f"- Not as there: {figure.differs}.",
    )
    return "\n".join(lines)


def _material(figure: Figure, data: Path, work: Path) -> Material:
    folder = work / figure.recipe.replace("-", "_")
    folder.mkdir(parents=True, exist_ok=True)
    return MATERIALS[figure.recipe](data.resolve(), folder)


def _run(name: str, curve: Curve, material: Material, *, runs: Path) -> None:
    """The sweep of one curve; what is done already is skipped."""
    runs.mkdir(parents=True, exist_ok=True)
    recipe, values = runs / f"{name}.toml", tuple(map(material.fill, curve.values.values()))
    write_whole(recipe, render_recipe(material.recipe(name, curve.settings)))
    grid = shlex.quote(f"{curve.key}={','.join(values)}")
    command = f"tutelage sweep {recipe} --grid {grid} --runs {runs}"
    print(command, file=sys.stderr, flush=True)
    planned = plan_sweep(recipe, varied=(Varied(curve.key, values),), runs=runs)
    for failed in run_sweep(planned, runs=runs, command=command).failed:
        raise SystemExit(f"{failed.name}: {failed.message}")


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sweeps", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("figure", choices=tuple(FIGURES))
    add_data_argument(parser)
    parser.add_argument("--work", type=Path, default=Path("build/sweeps"), help="folder of the runs")
    parser.add_argument("--picture", type=Path, help="where the picture goes; else into the folder of the runs")
    parser.add_argument("--show", action="store_true", help="run nothing; of the points that are done")
    return parser.parse_args()


if __name__ == "__main__":
    main()
