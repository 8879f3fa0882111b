"""What dropping near-duplicates costs as the pool grows, how many of the planted ones it finds, and what else it drops.

    python -m benchmarks.scale.near_duplicates --millions 1 3
    python -m benchmarks.scale.near_duplicates --text mono.en.jsonl

Made segments have the lengths and the words of the shipped text, drawn by chance; every tenth is a copy of the one
before with one word changed. With `--text` the segments are those of a file, and 2,000 copies of some stand behind
them. Each size runs in a process of its own; time is processor time.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.speed.material import choose_pairs
from benchmarks.speed.memory import measured_apart, peak_mebibytes
from tutelage.core.records import Segment
from tutelage.corpora.near_duplicates import find_near_duplicates
from tutelage.corpora.normalising import folded
from tutelage.corpora.reading import read_segments
from tutelage.storage.run_folder import describe_machine
from tutelage.storage.tables import read_table, write_table

LIKENESS = 0.9
PLANTED = 2_000
"""Copies behind the segments of a file."""
FEWEST_WORDS = 10
"""Of a segment that is copied, so that one word changed is about a tenth."""
EVERY = 10
SEED = 1


def made_segments(count: int) -> Iterator[Segment]:
    """Made segments; a copy names what it was copied from as its document."""
    rng = random.Random(SEED)
    texts = [pair.source.text.split() for pair in choose_pairs(None, 2000)]
    words = sorted({word for text in texts for word in text})
    last: list[str] = []
    for place in range(count):
        if place % EVERY == EVERY - 1:
            yield Segment(f"s{place}", change_word(last, words, rng), "en", " ".join(last))
        else:
            last = rng.choices(words, k=max(FEWEST_WORDS, len(rng.choice(texts))))
            yield Segment(f"s{place}", " ".join(last), "en")


def read_and_plant(text: Path) -> Iterator[Segment]:
    """The different segments of a file, and copies behind them."""
    rng = random.Random(SEED)
    texts = list(dict.fromkeys(one.text for one in read_segments(str(text), lang="en")))
    yield from (Segment(f"s{place}", one, "en") for place, one in enumerate(texts))
    words = sorted({word for one in texts[:PLANTED] for word in one.split()})
    for place, one in enumerate(rng.sample([one for one in texts if len(one.split()) >= FEWEST_WORDS], PLANTED)):
        yield Segment(f"p{place}", change_word(one.split(), words, rng), "en", one)


def change_word(text: Sequence[str], words: Sequence[str], rng: random.Random) -> str:
    """The text with one word, by chance, become another."""
    place = rng.randrange(len(text))
    return " ".join([*text[:place], rng.choice(words), *text[place + 1 :]])


def measure_pool(pool: Path) -> dict[str, float]:
    """Processor time and memory of finding near-duplicates in a table of segments, and which were found."""
    began, count = time.process_time(), 0
    with tempfile.TemporaryDirectory(dir=pool.parent) as folder:
        texts = ((one.text, one.lang) for one in read_table(pool, Segment))
        places = [near.place for near in find_near_duplicates(texts, Path(folder), likeness=LIKENESS)]
    seconds, peak, found, planted, due, hit = time.process_time() - began, peak_mebibytes(), set(places), 0, 0, 0
    for place, segment in enumerate(read_table(pool, Segment)):
        count += 1
        if segment.document:
            planted += place in found
            if likeness(segment.text, segment.document) >= LIKENESS:
                due, hit = due + 1, hit + (place in found)
    return {
        "segments": count, "seconds": seconds, "mebibytes": peak, "others": len(found) - planted, "due": due, "hit": hit
    }  # fmt: skip


def likeness(text: str, other: str) -> float:
    """1 minus letters put in and taken out for each letter of both."""
    from rapidfuzz.distance import Indel

    return float(Indel.normalized_similarity(folded(text), folded(other)))


def table(rows: Sequence[dict[str, float]]) -> str:
    """A line for each size."""
    lines = [
        "| segments | time for a segment | peak memory | planted, found | others dropped |",
        "|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        each = 1e6 * row["seconds"] / row["segments"]
        lines.append(
            f"| {row['segments']:,.0f} | {each:.0f} µs | {row['mebibytes']:,.0f} MiB "
            f"| {row['hit']:,.0f} of {row['due']:,.0f} | {row['others']:,.0f} |"
        )
    return "\n".join(lines)


def _measure(segments: Iterator[Segment]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        pool = Path(folder) / "pool.parquet"
        write_table(pool, segments, Segment)
        return measured_apart("benchmarks.scale.near_duplicates", "--child", pool)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", type=float, nargs="+", default=[1.0, 3.0])
    parser.add_argument("--text", type=Path, help="segments of a file in place of made ones")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child is not None:
        print(json.dumps(measure_pool(chosen.child)))
        return
    rows: list[dict[str, float]] = []
    for million in chosen.millions if chosen.text is None else [0]:
        made = read_and_plant(chosen.text) if chosen.text is not None else made_segments(int(1e6 * million))
        rows.append(_measure(made))
        print(table(rows), file=sys.stderr, flush=True)
    print(f"{table(rows)}\n\n{describe_machine()}")


if __name__ == "__main__":
    main()
