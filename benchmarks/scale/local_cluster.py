"""One pool labelled by 1, 2 and 4 processes that share a ledger, and made one table of afterwards.

    python -m benchmarks.scale.local_cluster --segments 4000 --slots 8
    python -m benchmarks.scale.local_cluster --segments 4000 --slots 8 --runner ray

Each worker is a process of its own, as it would be on a machine of its own: it asks a teacher that answers after 200 ms
about the part of the pool that the hashes of the ids give it, so many calls at once, and writes every answer to the
ledger that all share. Then the table of the whole pool is made from the ledger, asking nobody, and held against that
of one process alone. The ideal is what the teacher could answer to all workers. With two cores the teacher's latency is
what is divided, and not the processor's work.

With `--runner ray` the workers are those of a Ray cluster that is started here, and one run makes the table; the time
is from the first answer in the ledger to the last, and what passed before is told apart.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.scale.editing import LATENCY_SECONDS, edit, editing_recipe
from benchmarks.scale.pool import write_drafts
from benchmarks.speed.chat_server import chat_server
from benchmarks.speed.figures import Figure, render_table
from tutelage.core.recipe import RunnerSettings
from tutelage.core.records import Hypothesis, Pair
from tutelage.corpora.normalising import short_hash
from tutelage.runners.registry import runner_kind
from tutelage.storage.ledger import Ledger
from tutelage.storage.stages import StageTable, open_stage
from tutelage.storage.tables import write_table

GOAL = 0.9
"""Of the ideal rate."""
SAME = "rows as by one process, none asked again"


def measure_cluster(*, segments: int, slots: int, workers: Sequence[int], ledger: str | None) -> list[Figure]:
    """Answers a second for each number of workers, their share of the ideal, and whether the rows are the same."""
    figures: list[Figure] = []
    with _made_alone(segments) as (place, pool, address, alone):
        recipe = editing_recipe(address, slots=64)
        for count in workers:
            shared = ledger or str(place / f"{count}.sqlite")
            seconds = _work(place, pool, address, ledger=shared, slots=slots, workers=count)
            before = _count_calls(shared)
            whole = edit(place / f"whole-{count}", pool, recipe, ledger=shared)
            asked_again, same = _count_calls(shared) - before, list(whole) == list(alone)
            rate, ideal = pool.rows / seconds, count * slots / LATENCY_SECONDS
            share = rate / ideal
            figures += [
                Figure(f"{count} workers, {slots} calls each", f"{rate:,.0f} answers/s, ideal {ideal:,.0f}"),
                Figure("of the ideal", f"{share:.2f}", f"≥ {GOAL:g}", share >= GOAL),
                _sameness(same, asked_again=asked_again),
            ]
    return figures


def measure_ray(*, segments: int, slots: int, workers: Sequence[int], ledger: str | None) -> list[Figure]:
    """The same for the workers of a Ray cluster, with how long it took until the first answer."""
    figures: list[Figure] = []
    with _made_alone(segments) as (place, pool, address, alone):
        recipe = editing_recipe(address, slots=slots)
        for count in workers:
            shared = ledger or str(place / f"{count}.sqlite")
            settings = RunnerSettings(kind="ray", workers=count)
            with runner_kind(settings).open(settings, shared) as runner:
                began = time.time()
                table = edit(place / str(count), pool, recipe, ledger=shared, runner=runner)
            first, last = _answer_times(shared)
            rate, ideal = pool.rows / (last - first + LATENCY_SECONDS), count * slots / LATENCY_SECONDS
            figures += [
                Figure(f"{count} workers, {slots} calls each", f"{rate:,.0f} answers/s, ideal {ideal:,.0f}"),
                Figure("of the ideal", f"{rate / ideal:.2f}", f"≥ {GOAL:g}", rate / ideal >= GOAL),
                Figure("until the first answer", f"{first - began:.1f} s"),
                _sameness(list(table) == list(alone), asked_again=_count_calls(shared) - pool.rows),
            ]
    return figures


@contextmanager
def _made_alone(segments: int) -> Iterator[tuple[Path, StageTable[Hypothesis], str, StageTable[Pair]]]:
    """A folder, a pool in it, the address of a teacher, and the rows that one process makes of them."""
    with (
        tempfile.TemporaryDirectory() as folder,
        chat_server(latency_seconds=LATENCY_SECONDS, echo="translation") as address,
    ):
        place = Path(folder)
        pool = write_drafts(place / "pool.parquet", segments)
        recipe = editing_recipe(address, slots=64)
        yield place, pool, address, edit(place / "alone", pool, recipe, ledger=place / "alone.sqlite")


def _answer_times(ledger: str) -> tuple[float, float]:
    with Ledger.open(ledger, run="count") as opened:
        times = [entry.created for entry in opened.entries()]
    return min(times), max(times)


def _sameness(same: bool, *, asked_again: int) -> Figure:
    return Figure(SAME, str(same), "True", same and not asked_again)


def _work(place: Path, pool: StageTable[Hypothesis], address: str, *, ledger: str, slots: int, workers: int) -> float:
    """Seconds from the first question of any worker to the last answer."""
    command = [sys.executable, "-m", "benchmarks.scale.local_cluster", "--address", address, "--ledger", ledger]
    command += ["--slots", str(slots), "--pool", str(pool.path), "--workers", str(workers)]
    started = [
        subprocess.Popen(
            [*command, "--part", str(part), "--folder", str(place / f"{workers}-{part}")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for part in range(workers)
    ]  # fmt: skip
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()  # it has imported all that it needs
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
    spans = []
    for process in started:
        assert process.stdout is not None
        spans.append(json.loads(process.stdout.read()))
        if process.wait():
            raise RuntimeError("a worker has failed")
    return float(max(end for _, end in spans) - min(begin for begin, _ in spans))


def _count_calls(ledger: str) -> int:
    with Ledger.open(ledger, run="count") as opened:
        return sum(spend.calls for spend in opened.spend())


def _work_on_part(chosen: argparse.Namespace) -> None:
    """One worker: tells when it is ready, waits until its input is closed, asks, and tells when that was."""
    import openai  # noqa: F401 - takes most of a second, once

    drafts = open_stage(chosen.pool, Hypothesis)
    mine = [one for one in drafts if short_hash("part", one.id) % chosen.workers[0] == chosen.part]
    path = chosen.folder / "drafts.parquet"
    write_table(path, mine, Hypothesis, key=f"{drafts.key}-{chosen.part}")
    print("ready", flush=True)
    sys.stdin.read()
    began = time.monotonic()
    recipe = editing_recipe(chosen.address, slots=chosen.slots)
    edit(chosen.folder, open_stage(path, Hypothesis), recipe, ledger=chosen.ledger)
    print(json.dumps([began, time.monotonic()]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=200_000)
    parser.add_argument("--slots", type=int, default=16, help="calls of a worker at a time")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--ledger", help="an empty database for all of them; default: SQLite")
    parser.add_argument("--runner", choices=("processes", "ray"), default="processes", help="what the workers are")
    for name in ("--address", "--pool", "--part", "--folder"):
        kind = {"--pool": Path, "--folder": Path, "--part": int}.get(name, str)
        parser.add_argument(name, type=kind, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.part is not None:
        _work_on_part(chosen)
        return
    measure = measure_ray if chosen.runner == "ray" else measure_cluster
    figures = measure(segments=chosen.segments, slots=chosen.slots, workers=chosen.workers, ledger=chosen.ledger)
    print(render_table(figures))


if __name__ == "__main__":
    main()
