"""Peak memory of reading, filtering, translating and writing a corpus, at several sizes.

    python -m benchmarks.speed.memory --segments 1000000

Every size runs in a process of its own. A student of one tiny layer stands in for a real one, so that a million
segments end in minutes: what it adds to memory is its weights, and windows of text. `--no-translation` leaves it out.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.speed.figures import Figure, render_table
from benchmarks.speed.material import DIRECTION, choose_pairs
from tutelage.core.decoding import Decoding
from tutelage.core.recipe import FilterSettings
from tutelage.core.records import Hypothesis, Segment
from tutelage.core.settings import FreshSettings
from tutelage.corpora.filters import TextFilter
from tutelage.corpora.language_id import LangidIdentifier
from tutelage.corpora.reading import read_segments
from tutelage.storage.tables import count_rows, write_table

GOAL_MEBIBYTES = 1500
SHARES = (0.1, 0.3, 1.0)
TINY = FreshSettings(width=16, feed_forward=16, heads=2, encoder_layers=1, decoder_layers=1, vocabulary=1000)
DECODING = Decoding(max_target_tokens=12)
"""An untrained student ends where it is cut."""


def measure_memory(*, text: Path | None, segments: int, translation: bool) -> list[Figure]:
    """Peak memory at a tenth, a third and all of `segments`."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        if translation:
            _make_student(root / "student", text)
        figures = list[Figure]()
        for translating in (False, True) if translation else (False,):
            peaks = [_measure(root, text, int(segments * share), translating=translating) for share in SHARES]
            figures += _figures(peaks, segments, translating=translating)
    return figures


def _figures(peaks: list[dict[str, float]], segments: int, *, translating: bool) -> Iterator[Figure]:
    what = "reading, filtering, translating, writing" if translating else "reading, filtering, writing"
    for share, peak in zip(SHARES, peaks, strict=True):
        last = share == 1.0
        yield Figure(
            f"memory, {what}, {int(segments * share):,} segments ({peak['kept']:,.0f} kept, {peak['seconds']:.0f} s)",
            f"{peak['mebibytes']:,.0f} MiB",
            f"< {GOAL_MEBIBYTES:,} MiB" if last else "",
            peak["mebibytes"] < GOAL_MEBIBYTES if last else None,
        )
    growth = 1e6 * (peaks[-1]["mebibytes"] - peaks[0]["mebibytes"]) / (segments * (SHARES[-1] - SHARES[0]))
    yield Figure(f"memory, {what}, growth", f"{growth:.0f} MiB for a million segments")


def _make_student(folder: Path, text: Path | None) -> None:
    from tutelage.students.fresh import make_student

    texts = (side for pair in choose_pairs(text, 2000) for side in (pair.source.text, pair.target.text))
    make_student(folder, shape=TINY, texts=texts, direction=DIRECTION, seed=1)


def _measure(root: Path, text: Path | None, count: int, *, translating: bool) -> dict[str, float]:
    corpus = root / f"{count}.jsonl"
    if not corpus.is_file():
        write_corpus(corpus, text, count)
    student = ["--student", root / "student"] if translating else []
    return measured_apart("benchmarks.speed.memory", "--child", corpus, *student)


def write_corpus(path: Path, text: Path | None, count: int) -> None:
    """Real segments, each made different by a number, so that none is a duplicate."""
    sources = [pair.source.text for pair in choose_pairs(text, 2000)]
    with path.open("w", encoding="utf-8") as stream:
        for number in range(count):
            row = {"id": f"s{number}", "source": f"{sources[number % len(sources)]} {number}", "document": "d"}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def _run_child(corpus: Path, student: Path | None) -> None:
    """Do the work and print what it took."""
    import time

    began = time.perf_counter()
    sifted = TextFilter(FilterSettings(), LangidIdentifier(), (DIRECTION.target,)).segments(
        read_segments(str(corpus), lang=DIRECTION.source)
    )
    pool = corpus.with_suffix(".parquet")
    kept = write_table(pool, (one for one in sifted if isinstance(one, Segment)), Segment)
    if student is not None:
        write_table(corpus.with_suffix(".hypotheses.parquet"), _translate(pool, student), Hypothesis)
        kept = count_rows(corpus.with_suffix(".hypotheses.parquet"))
    print(json.dumps({"mebibytes": peak_mebibytes(), "kept": kept, "seconds": time.perf_counter() - began}))


def measured_apart(module: str, *arguments: object) -> dict[str, float]:
    """The figures that a module, run as a program of its own, prints as JSON; so that its memory is its own."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def peak_mebibytes() -> float:
    """Peak resident memory; Linux's `ru_maxrss` would begin with that of the process that started this one."""
    status = Path("/proc/self/status")
    if status.is_file():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def _translate(pool: Path, folder: Path) -> Iterator[Hypothesis]:
    from tutelage.storage.tables import read_table
    from tutelage.students.engines.opening import open_engine
    from tutelage.students.loading import load_student

    student = load_student(str(folder), direction=DIRECTION)
    engine = open_engine(student, name="ctranslate2", cache=folder.parent)
    texts = (segment.text for segment in read_table(pool, Segment))
    outputs, signature = engine.translate(texts, decoding=DECODING), engine.signature
    for segment, output in zip(read_table(pool, Segment), outputs, strict=True):
        yield Hypothesis(segment, output, signature)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=1_000_000)
    parser.add_argument("--text", type=Path)
    parser.add_argument("--no-translation", dest="translation", action="store_false")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--student", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child is not None:
        _run_child(chosen.child, chosen.student)
        return
    print(render_table(measure_memory(text=chosen.text, segments=chosen.segments, translation=chosen.translation)))


if __name__ == "__main__":
    main()
