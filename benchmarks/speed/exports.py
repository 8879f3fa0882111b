"""Size, speed and chrF of a student exported to CTranslate2 in float32 and in int8.

    python -m benchmarks.speed.exports --student embedded:en-pt --segments 1000 --rounds 5

Both are opened as exported folders are, protection included, and translate the same segments greedily in turns, with
the same number of threads. The difference of chrF is paired, with its 95 % interval, as an export's gate sees it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.speed.figures import Figure, measure_in_turns, rate_figure, ratio_figure, render_table
from benchmarks.speed.material import add_arguments, choose_pairs, open_seq2seq
from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction
from tutelage.core.records import Pair
from tutelage.evaluation.figures import format_evidence
from tutelage.evaluation.scoring import Scorer
from tutelage.students.engines.guarded import GuardedEngine
from tutelage.students.exports.export import Export
from tutelage.students.exports.opening import open_new_export
from tutelage.students.exports.registry import load_export_kind
from tutelage.students.student_folder import student_signature

TYPES = ("float32", "int8")


def measure_exports(name: str, *, text: Path | None, segments: int, rounds: int) -> list[Figure]:
    """Megabytes, segments a second and chrF of both, and what int8 changes."""
    pairs = choose_pairs(text, segments)
    sources = [pair.source.text for pair in pairs]
    with tempfile.TemporaryDirectory() as place:
        folders = {compute_type: Path(place) / compute_type for compute_type in TYPES}
        engines = {compute_type: _export(name, folder, compute_type) for compute_type, folder in folders.items()}
        sizes = {one: (folder / "model.bin").stat().st_size / 1e6 for one, folder in folders.items()}
        outputs = {one: list(engine.translate(sources, decoding=Decoding())) for one, engine in engines.items()}
        arms = {one: _translate(engine, sources) for one, engine in engines.items()}
        rates = measure_in_turns(arms, rounds=rounds)
    return [
        *(Figure(f"weights in {one}", f"{size:.1f} MB") for one, size in sizes.items()),
        *(rate_figure(f"decoding in {one} ({segments} segments)", rate, "segments") for one, rate in rates.items()),
        ratio_figure("decoding, int8 : float32", rates["int8"], rates["float32"]),
        *_quality(pairs, outputs["float32"], outputs["int8"]),
    ]


def _export(name: str, folder: Path, compute_type: str) -> GuardedEngine:
    student, kind = open_seq2seq(name), load_export_kind("ctranslate2")
    folder.mkdir()
    kind.write(student, folder, compute_type=compute_type)
    export = Export(
        kind=kind.name,
        compute_type=compute_type,
        direction=student.direction,
        student=student_signature(student.origin),
        decoding=Decoding(),
        protect=True,
    )
    return open_new_export(folder, export)


def _translate(engine: GuardedEngine, sources: Sequence[str]) -> Callable[[], float]:
    return lambda: len(list(engine.translate(sources, decoding=Decoding())))


def _quality(pairs: Sequence[Pair], before: Sequence[str], after: Sequence[str]) -> list[Figure]:
    direction = Direction(pairs[0].source.lang, pairs[0].target.lang)
    scorer = Scorer(pairs, test="domain", direction=direction, identifier=None, seed=1)
    measured = [
        scorer.measure({pair.id: text for pair, text in zip(pairs, texts, strict=True)}) for texts in (before, after)
    ]
    chrf = next(one for one in scorer.compare(measured[0], after=measured[1]) if one.name == "chrf")
    changed = sum(old != new for old, new in zip(before, after, strict=True))
    return [
        Figure("chrF in float32, in int8", f"{chrf.before:.2f}, {chrf.after:.2f}"),
        Figure("chrF, int8 − float32", format_evidence(chrf)),
        Figure("outputs that differ", f"{changed:,} of {len(pairs):,}"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--segments", type=int, default=1000)
    chosen = parser.parse_args()
    print(
        render_table(measure_exports(chosen.student, text=chosen.text, segments=chosen.segments, rounds=chosen.rounds))
    )


if __name__ == "__main__":
    main()
