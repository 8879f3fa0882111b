"""Peak memory and rate of reading, filling and writing a translation memory (TMX).

    python -m benchmarks.speed.translation_memory --units 1000000

A tenth of the units lack the target language and are filled. Each kind of work runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.speed.figures import Figure, render_table
from benchmarks.speed.material import DIRECTION, choose_pairs
from benchmarks.speed.memory import measured_apart, peak_mebibytes
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.filling import Filling
from tutelage.corpora.formats.xml.elements import escaped
from tutelage.corpora.formats.xml.tmx import Tmx, write_tmx
from tutelage.corpora.reading import read_pairs

GOAL_MEBIBYTES = 300
_UNIT = (
    '<tu tuid="{number}">\n <prop type="domain">software</prop>\n <tuv xml:lang="en"><seg><bpt i="1">&lt;b&gt;</bpt>'
    '{source}<ept i="1">&lt;/b&gt;</ept> {number}</seg></tuv>{target}\n</tu>\n'
)
_TARGET = '\n <tuv xml:lang="pt-BR"><seg><bpt i="1">&lt;b&gt;</bpt>{}<ept i="1">&lt;/b&gt;</ept> {}</seg></tuv>'


def measure_memories(*, text: Path | None, units: int) -> Iterator[Figure]:
    """A figure for each kind of work."""
    with tempfile.TemporaryDirectory() as folder:
        memory = Path(folder) / "memory.tmx"
        _write_memory(memory, text, units)
        for work in WORKS:
            found = measured_apart("benchmarks.speed.translation_memory", "--child", work, memory)
            peak, seconds = found["mebibytes"], found["seconds"]
            what = f"TMX of {units:,} units ({memory.stat().st_size / 1e6:,.0f} MB), {work}: peak memory"
            rate = f"{peak:,.0f} MiB; {units / seconds:,.0f} units a second of processor time"
            yield Figure(what, rate, f"< {GOAL_MEBIBYTES} MiB", peak < GOAL_MEBIBYTES)


def _write_memory(path: Path, text: Path | None, units: int) -> None:
    pairs = choose_pairs(text, 2000)
    with path.open("w", encoding="utf-8") as stream:
        stream.write('<?xml version="1.0"?>\n<tmx version="1.4"><header srclang="en"/><body>\n')
        for number in range(units):
            pair = pairs[number % len(pairs)]
            target = _TARGET.format(escaped(pair.target.text), number) if number % 10 else ""
            stream.write(_UNIT.format(number=number, source=escaped(pair.source.text), target=target))
        stream.write("</body></tmx>\n")


def _read(memory: Path) -> None:
    for _ in read_pairs(str(memory), direction=DIRECTION):
        pass


def _fill(memory: Path) -> None:
    filling = Filling(lang=DIRECTION.target, source_lang=DIRECTION.source)
    out = memory.with_name("filled.tmx")
    Tmx().fill(memory, out, lambda sources: sources, names=FieldNames(), filling=filling)


def _write(memory: Path) -> None:
    write_tmx(read_pairs(str(memory), direction=DIRECTION), memory.with_name("written.tmx"), direction=DIRECTION)


WORKS: dict[str, Callable[[Path], None]] = {"reading": _read, "filling": _fill, "reading and writing": _write}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=1_000_000)
    parser.add_argument("--text", type=Path)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child is not None:
        work, memory = chosen.child
        began = time.process_time()
        WORKS[work](Path(memory))
        print(json.dumps({"mebibytes": peak_mebibytes(), "seconds": time.process_time() - began}))
        return
    print(render_table(list(measure_memories(text=chosen.text, units=chosen.units))))


if __name__ == "__main__":
    main()
