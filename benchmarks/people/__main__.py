"""How much some hundred corrections of people gain, without any teacher, and whether the gate lets them through.

python -m benchmarks.people                                (three seeds, 300 corrections; some minutes)
python -m benchmarks.people --corrections 50 100 300 --seeds 1 2 3

A seed splits the text anew: other corrections, another test text, another order of training.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from tutelage.evaluation.figures import format_change
from tutelage.runs.recipe_files import load_recipe
from tutelage.runs.report import read_run_report
from tutelage.runs.run import run_recipe

RECIPE = Path(__file__).parent / "recipe.toml"


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corrections", type=int, nargs="+", default=[300], help="how many are learned")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--work", type=Path, default=Path("runs/people"), help="folder of the runs")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change the recipe")
    arguments = parser.parse_args(given)
    for count in arguments.corrections:
        for seed in arguments.seeds:
            for line in measure(count, seed, work=arguments.work, changes=arguments.set):
                print(line, flush=True)


def measure(count: int, seed: int, *, work: Path, changes: Sequence[str]) -> Iterator[str]:
    """One run, or what it came to before."""
    name = f"people-{count}-seed-{seed}"
    drawn = [f"name={name}", f"seed={seed}", f"text.post_edits.limit={count}", f"text.post_edits.split_seed={seed}"]
    drawn.append(f"text.test.split_seed={seed}")  # the parts of two texts keep apart only under one seed
    result = run_recipe(load_recipe(RECIPE, [*drawn, *changes]), runs=work)
    report = read_run_report(result.folder)
    step = report.steps[0]
    learned = step.funnel[-1].count
    verdict = "promoted" if step.gate.passed else "not promoted"
    for comparison in step.comparisons:
        if comparison.name == "chrf":
            yield f"{count} corrections, seed {seed}, {learned} learned, {verdict}: {format_change(comparison)}"


if __name__ == "__main__":
    main()
