"""The whole loop: a served student is corrected over HTTP, a run learns from it, and the server takes what passes.

python -m benchmarks.people.loop                       (300 corrections, then 300 poisoned ones; ten minutes)
python -m benchmarks.people.loop --corrections 40 --set step.0.train.max_updates=5 --set step.0.leave_out=0 \
    --set 'step.0.gate=["chrf: better"]'               (small)

The corrections are human translations of JupyterLab's messages, and the recipe is recipes/learn-from-feedback.toml,
whose test text is another part of these. Poison is of seven kinds (`benchmarks.people.poison`), most of it for messages
that people have corrected too. What of it the guard does not hold is learned from, and the gate has the last word. The
server itself translates the test text after each round.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.people.poison import EN_PT, POISONS, poison, read_messages
from benchmarks.people.service import STUDENT, Running, serving
from tutelage.core.recipe import Recipe
from tutelage.core.records import Pair
from tutelage.corpora.texts import Texts
from tutelage.evaluation.figures import format_change
from tutelage.evaluation.significance import SegmentStatistics, compare_paired
from tutelage.evaluation.translation import chrf_statistics
from tutelage.runs.recipe_files import load_recipe
from tutelage.runs.report import read_run_report
from tutelage.runs.run import run_recipe

RECIPE = Path(__file__).parents[2] / "recipes" / "learn-from-feedback.toml"
SHOWN = "Create a new notebook."


@dataclass(frozen=True, slots=True)
class Loop:
    """A running server and the folder of the runs that it follows."""

    running: Running
    store: Path
    runs: Path
    changes: tuple[str, ...]

    def correct(self, pairs: Sequence[Pair], *, who: str) -> str:
        """Send corrections; what became of them."""
        return f"{who}: {len(pairs)} corrections sent, {self.running.correct(pairs, who=who)} held for review"

    def recipe(self, name: str, student: str) -> Recipe:
        """The recipe of a round."""
        given = [f"name={name}", f"student.model={student}", f"text.post_edits.path={self.store}"]
        return load_recipe(RECIPE, [*given, *self.changes])

    def learn(self, name: str, student: str) -> Iterator[str]:
        """A run on all that is accepted; the server looks at what it promotes."""
        result = run_recipe(self.recipe(name, student), runs=self.runs)
        step = read_run_report(result.folder).steps[0]
        yield f"{name}: {'promoted' if step.gate.passed else 'not promoted'}"
        yield from (f"  {format_change(one)}" for one in step.comparisons if one.name.endswith("chrf"))
        self.running.follower.look()
        yield f"  the server says of '{SHOWN}': {self.running.translate([SHOWN])[0]}"

    def chrf(self) -> SegmentStatistics:
        """Of what the server makes of the last test text."""
        test = list(Texts(self.recipe("test", STUDENT).text, EN_PT).text("test").pairs())
        answers = self.running.translate([pair.source.text for pair in test])
        return chrf_statistics(answers, references=[pair.target.text for pair in test])


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corrections", type=int, default=300)
    parser.add_argument("--work", type=Path, default=Path("runs/feedback-loop"), help="of the runs and the store")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change the recipe")
    arguments = parser.parse_args(given)
    shutil.rmtree(arguments.work, ignore_errors=True)
    for line in show(arguments.corrections, work=arguments.work, changes=arguments.set):
        print(line, flush=True)


def show(count: int, *, work: Path, changes: Sequence[str] = ()) -> Iterator[str]:
    """The loop twice: with what people would say, then with poison."""
    store, runs = work / "corrections.feedback", work / "runs"
    each = -(-count // (len(POISONS) + 1))
    edits = read_messages("edits")
    honest = edits[:count]
    with serving(store, runs) as running:
        loop = Loop(running, store, runs, tuple(changes))
        before = loop.chrf()
        yield loop.correct(honest, who="people")
        yield from loop.learn("learned-1", STUDENT)
        learned = loop.chrf()
        yield f"  its answers to the test text: {_change(before, learned)}"
        yield loop.correct(honest[:each], who="another who agrees with the first of them")
        for name, pairs in poison([*edits[count:], *honest[each:]], honest[:each], each=each).items():
            yield loop.correct(pairs, who=name)
        yield from loop.learn("learned-2", running.served.name)
        yield f"  its answers to the test text: {_change(learned, loop.chrf())}"


def _change(before: SegmentStatistics, after: SegmentStatistics) -> str:
    return format_change(compare_paired(before, after=after, test="domain", seed=1))


if __name__ == "__main__":
    main()
