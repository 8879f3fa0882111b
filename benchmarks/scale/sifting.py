"""What a segment costs the run's own process where it is sifted here, and where workers sift it.

    python -m benchmarks.scale.sifting --segments 200000 --workers 2

The stage `pool` (reading, filters, languages, leakage, writing) is made of real segments, each made another by a
number, by a process of its own for each runner. Its own processor time, without that of the workers, is what limits how
many segments a run can take in a day however many workers there are; so it is told, beside the time by the clock.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any

from benchmarks.scale.growth import growth_recipe
from benchmarks.speed.figures import Figure, render_table
from benchmarks.speed.material import DIRECTION
from benchmarks.speed.memory import measured_apart, peak_mebibytes, write_corpus
from tutelage.core.recipe import RunnerSettings
from tutelage.corpora.filters import TextFilter
from tutelage.corpora.held_back import HeldBack
from tutelage.corpora.language_id import LangidIdentifier
from tutelage.corpora.texts import Texts
from tutelage.runners.registry import runner_kind
from tutelage.stages.pool import POOL, PoolInputs
from tutelage.storage.digests import file_digest
from tutelage.storage.run_folder import describe_machine
from tutelage.storage.stages import StageFolder


def make_pool(corpus: Path, settings: RunnerSettings) -> dict[str, Any]:
    """Seconds of this process for the sifting and for the whole stage, by the clock too, its files, and memory."""
    recipe, seconds = growth_recipe(corpus), dict[str, float]()
    texts = Texts(recipe.text, recipe.direction.direction)
    filters = TextFilter(recipe.filters, LangidIdentifier(), (DIRECTION.target,))
    with runner_kind(settings).open(settings, corpus.parent / "ledger.sqlite") as runner:
        folder = StageFolder(corpus.parent / settings.kind, lambda *_: None, runner=runner)
        began, clock = time.process_time(), time.monotonic()
        pool = folder.make(POOL, PoolInputs(texts.text("pool"), HeldBack.of(texts), filters))
        seconds |= {"stage": time.process_time() - began, "clock": time.monotonic() - clock}
        segments = list(texts.segments("pool"))
        began = time.process_time()
        deque(filters.segments(segments, without=HeldBack.of(texts).read(stage=POOL.name), runner=runner), maxlen=0)
        seconds["sifting"] = time.process_time() - began
    files = [str(file_digest(path)) for path in sorted(pool.path.parent.glob("*.parquet"))]
    return seconds | {"rows": pool.rows, "files": files, "mebibytes": peak_mebibytes()}


def measure(count: int, *, workers: int, text: Path | None) -> list[Figure]:
    """The figures of so many segments, sifted here and by workers."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "pool.jsonl"
        write_corpus(corpus, text, count)
        made = [
            measured_apart("benchmarks.scale.sifting", "--child", corpus, "--runner", kind, "--workers", workers)
            for kind in ("local", "ray")
        ]
    figures = []
    for name, one in zip(("in the run's process", f"by {workers} workers"), made, strict=True):
        figures += [
            Figure(f"sifted {name}: filters and leakage", f"{1e6 * one['sifting'] / count:.1f} µs a segment"),
            Figure("the whole stage `pool`", f"{1e6 * one['stage'] / count:.1f} µs a segment"),
            Figure("the stage by the clock", f"{one['clock']:.1f} s for {count:,} segments, {one['rows']:,} kept"),
            Figure("peak memory", f"{one['mebibytes']:,.0f} MiB"),
        ]
    same = made[0]["files"] == made[1]["files"]
    return [*figures, Figure("the same files, kept and rejected", str(same), "True", same)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=200_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--text", type=Path, help="bilingual text to draw segments from; the shipped one without it")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--runner", default="local", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child is not None:
        workers = {"workers": chosen.workers} if chosen.runner != "local" else {}
        print(json.dumps(make_pool(chosen.child, RunnerSettings(kind=chosen.runner, **workers))))
        return
    print(f"{render_table(measure(chosen.segments, workers=chosen.workers, text=chosen.text))}\n\n{describe_machine()}")


if __name__ == "__main__":
    main()
