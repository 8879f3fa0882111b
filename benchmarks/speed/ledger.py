"""What the ledger adds to a call when a million are in it: looking up, reserving, recording, telling the spend.

    python -m benchmarks.speed.ledger --rows 1000000
    python -m benchmarks.speed.ledger --rows 1000000 --place postgresql://postgres@localhost/empty

The ledger is filled with calls of a usual size (a kilobyte of question, half of one of answer) and then used like a run
with a budget does it, one call at a time. The place must be empty; without one a file is made and removed.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.speed.figures import Figure, render_table
from tutelage.storage.ledger import Budget, Call, Entry, Ledger, call_key

REQUEST, ANSWER = "The question is about this long. " * 32, "Such is an answer. " * 27
GOAL_MS = 1.0
"""For everything that one call costs."""
SAMPLES = 2000
BUDGET = Budget(calls=10**9, tokens=10**15, cost=1e9)


def measure_ledger(place: Path | str | None = None, *, rows: int) -> list[Figure]:
    """Milliseconds of each operation at `rows` rows; the median, and the slowest of a hundred."""
    if place is None:
        with tempfile.TemporaryDirectory() as folder:
            return measure_ledger(Path(folder) / "ledger.sqlite", rows=rows)
    name = "PostgreSQL" if isinstance(place, str) and "://" in place else "SQLite"
    began = time.perf_counter()
    with Ledger.open(place) as ledger:
        ledger.add_entries(_fill(rows))
    filled = rows / (time.perf_counter() - began)
    figures = [Figure(f"{name}: filling with {rows:,} calls", f"{filled:,.0f} calls/s")]
    with Ledger.open(place, run="measured", budget=BUDGET) as ledger:
        return [*figures, *_operations(ledger, name, rows)]


def _operations(ledger: Ledger, name: str, rows: int) -> Iterator[Figure]:
    new, known, unknown = itertools.count(rows), itertools.count(0, max(1, rows // SAMPLES)), itertools.count(-1, -1)
    one_call = {
        "look up a new call": lambda: ledger.lookup(_key(next(unknown))),
        "look up a known call": lambda: ledger.lookup(_key(next(known) % rows)),
        "count a reuse": lambda: ledger.count_reuse(1, role="translate", teacher="big"),
        "reserve and release": lambda: ledger.release(ledger.reserve(tokens=900, cost=0.01)),
        "reserve and record": lambda: ledger.record(
            _call(next(new)), settles=ledger.reserve(tokens=900, cost=0.01)
        ),
        "whole new call (look up, reserve, record)": lambda: _whole(ledger, next(new)),
    }  # fmt: skip
    for what, work in one_call.items():
        yield _figure(f"{name}: {what}", work, samples=SAMPLES, goal=GOAL_MS)
    yield _figure(f"{name}: spend by run, role and model", lambda: ledger.spend(), samples=20)
    yield _figure(f"{name}: 20 newest unusable answers", lambda: ledger.unusable(), samples=20)
    yield _figure(f"{name}: open", lambda: Ledger.open(_place(ledger), run="measured").close(), samples=5)


def _place(ledger: Ledger) -> Path | str:
    place = ledger._database.place
    return place.path if place.path is not None else str(place.url)


def _whole(ledger: Ledger, number: int) -> None:
    if ledger.lookup(_key(number)) is None:
        ledger.record(_call(number), settles=ledger.reserve(tokens=900, cost=0.01))


def _figure(what: str, work: Callable[[], object], *, samples: int, goal: float | None = None) -> Figure:
    took = []
    for _ in range(samples):
        began = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - began))
    middle, slow = statistics.median(took), statistics.quantiles(took, n=100)[-1]
    value = f"{middle:.3f} ms ({statistics.fmean(took):.3f} on average, one in 100 over {slow:.2f})"
    return Figure(what, value) if goal is None else Figure(what, value, f"< {goal:g} ms", middle < goal)


def _fill(rows: int) -> Iterator[Entry]:
    for number in range(rows):
        created = 1.7e9 + number * 3.0  # some days
        yield Entry(_call(number), f"run-{number % 7}", "01-patching", created)


def _call(number: int) -> Call:
    return Call(
        key=_key(number),
        role=("translate", "feedback", "contexts")[number % 3],
        teacher="big",
        prompt_version="1",
        request=REQUEST,
        answer=f"{number} {ANSWER}",
        status="unparsed" if number % 50 == 0 else "ok",
        input_tokens=300,
        output_tokens=120,
        cost=0.001,
        worst_tokens=900,
        worst_cost=0.01,
    )


def _key(number: int) -> str:
    return call_key(model="big", parameters={}, messages=number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--place", help="an empty database's URL, or a file to make; default: a file that is removed")
    chosen = parser.parse_args()
    print(render_table(measure_ledger(chosen.place, rows=chosen.rows)))


if __name__ == "__main__":
    main()
