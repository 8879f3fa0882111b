"""What a translation memory alone is worth: learned from without any teacher, judged by documents that are left out.

python -m benchmarks.people.memory --data FOLDER     (1,500 segments, four trainings; some ten minutes)
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpora.place import add_data_argument, found
from tutelage.core.recipe_reading import parse_recipe
from tutelage.evaluation.figures import format_change
from tutelage.methods.registry import step_types
from tutelage.runs.report import read_run_report
from tutelage.runs.run import run_recipe

RECIPE = Path(__file__).parent / "memory.toml"


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_data_argument(parser)
    parser.add_argument("--work", type=Path, default=Path("runs/people"), help="folder of the run")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change the recipe")
    arguments = parser.parse_args(given)
    text = RECIPE.read_text().replace("DATA", str(found(arguments.data)))
    recipe = parse_recipe(text, step_types=step_types(), overrides=arguments.set)
    step = read_run_report(run_recipe(recipe, runs=arguments.work).folder).steps[0]
    for comparison in step.comparisons:
        print(format_change(comparison))
    print("promoted" if step.gate.passed else "not promoted")


if __name__ == "__main__":
    main()
