"""Print the figures of the house as a table, a column for each source.

python -m benchmarks.house                                     (of src)
python -m benchmarks.house --source ../before/src --source src (another state of the package beside it)
python -m benchmarks.house --no-walk                           (without running the small recipe, which takes a minute)
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.house.tree import TreeFigures, measure_tree
from benchmarks.house.walk import WalkFigures

ROOT = Path(__file__).resolve().parents[2]


def measure_walk(source: Path) -> WalkFigures:
    """The figures of the way that the small recipe takes, from a process that imports this source."""
    command = [sys.executable, "-m", "benchmarks.house.walk", "--source", str(source)]
    environment = os.environ | {"PYTHONPATH": f"{source}{os.pathsep}{ROOT}"}
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return WalkFigures(**json.loads(done.stdout))


def tree_rows(figures: TreeFigures) -> Iterator[tuple[str, str]]:
    """Each figure of the tree, named."""
    yield "modules", f"{figures.modules:,}"
    yield "lines of the package", f"{figures.lines:,}"
    yield "lines of `methods/`", f"{figures.method_lines:,}"
    yield "modules with one importer", f"{figures.one_importer:.1%}".replace("%", " %")
    yield "modules of the package that a module imports", f"{figures.own_imports:.2f}"
    yield "cycles of imports", f"{figures.cycles:,}"
    yield "casts", f"{figures.casts:,}"
    yield "files over 400 lines", f"{figures.files_over_400:,}"


def walk_rows(figures: WalkFigures) -> Iterator[tuple[str, str]]:
    """Each figure of the walk, named."""
    yield "files that a recipe enters", f"{figures.files:,}"
    yield "climbs on its way: the next new file is in a higher layer", f"{figures.climbs:,}"
    yield "pairs of files of which the lower calls the higher", f"{figures.pairs_up:,}"
    yield "students loaded, engines opened", f"{figures.students_loaded}, {figures.engines_opened}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, action="append", help="Folder that holds tutelage/; again: beside it.")
    parser.add_argument("--no-walk", action="store_true", help="Only what the source tells without being run.")
    arguments = parser.parse_args()
    columns = []
    for source in arguments.source or [ROOT / "src"]:
        rows = dict(tree_rows(measure_tree(source)))
        columns.append(rows if arguments.no_walk else rows | dict(walk_rows(measure_walk(source.resolve()))))
    print("| figure |" + "".join(f" {source} |" for source in arguments.source or ["src"]))
    print("|---|" + "---:|" * len(columns))
    for name in columns[0]:
        print(f"| {name} |" + "".join(f" {rows[name]} |" for rows in columns))


if __name__ == "__main__":
    main()
