"""Decoding speed of our CTranslate2 engine beside transformers' `generate` and CTranslate2 without us.

    python -m benchmarks.speed.decoding --student embedded:en-pt --segments 400 --rounds 3

Same student, same segments in the same order, greedy, float32, the same number of threads, one process. `generate` is
used as its documentation shows: batches of 16 in the order given. CTranslate2 alone gets the converted folder, the
student's tokenizer, and batches by tokens of the same size as ours.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ctranslate2
import torch

from benchmarks.speed.figures import Figure, measure_in_turns, rate_figure, ratio_figure, render_table
from benchmarks.speed.material import add_arguments, choose_pairs, open_seq2seq
from tutelage.core.decoding import Decoding
from tutelage.core.machine import usable_cores
from tutelage.students.engines.conversion import conversion_folder, convert_student
from tutelage.students.engines.ctranslate2_engine import CTranslate2Engine
from tutelage.students.student import Student
from tutelage.students.student_folder import student_signature

BATCH = 16
"""Segments in one batch of `generate`."""


def measure_decoding(name: str, *, text: Path | None, segments: int, rounds: int, threads: int) -> list[Figure]:
    """Segments a second of the three arms, and our ratio to the others."""
    student = open_seq2seq(name)
    sources = [pair.source.text for pair in choose_pairs(text, segments)]
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as folder:
        arms = {
            "ours": _ours(student, sources, Path(folder), threads),
            "alone": _ctranslate2_alone(student, sources, Path(folder), threads),
            "generate": _generate(student, sources),
        }
        for name in ("ours", "alone"):
            arms[name]()  # the first call pays for memory that later ones reuse
        rates = measure_in_turns(arms, rounds=rounds)
    return [
        rate_figure(f"decoding, ours ({segments} segments, {threads} threads)", rates["ours"], "segments"),
        rate_figure("decoding, CTranslate2 alone", rates["alone"], "segments"),
        rate_figure(f"decoding, `generate`, batches of {BATCH}", rates["generate"], "segments"),
        ratio_figure("decoding, ours : `generate`", rates["ours"], rates["generate"], goal=6.0),
        ratio_figure("decoding, ours : CTranslate2 alone", rates["ours"], rates["alone"], goal=0.95),
    ]


def _ours(student: Student, sources: list[str], cache: Path, threads: int) -> Callable[[], float]:
    engine = CTranslate2Engine(student, cache=cache, threads=threads)
    return lambda: len(list(engine.translate(sources, decoding=Decoding())))


def _ctranslate2_alone(student: Student, sources: list[str], cache: Path, threads: int) -> Callable[[], float]:
    folder = convert_student(student, conversion_folder(cache, student_signature(student.origin)))
    translator = ctranslate2.Translator(str(folder), compute_type="float32", inter_threads=threads, intra_threads=1)
    tokenizer, start = student.tokenizer, student.target_start()
    prefix = None if start is None else [[tokenizer.convert_ids_to_tokens(start)]] * len(sources)

    def translate() -> float:
        tokens = [tokenizer.convert_ids_to_tokens(ids) for ids in tokenizer(sources, truncation=True).input_ids]
        results = translator.translate_batch(
            tokens, target_prefix=prefix, beam_size=1, max_batch_size=Decoding().batch_tokens, batch_type="tokens"
        )
        ids = [tokenizer.convert_tokens_to_ids(result.hypotheses[0]) for result in results]
        return len(tokenizer.batch_decode(ids, skip_special_tokens=True))

    return translate


def _generate(student: Student, sources: list[str]) -> Callable[[], float]:
    tokenizer, model = student.tokenizer, student.model
    start = student.target_start()
    settings: dict[str, Any] = {} if start is None else {"forced_bos_token_id": start}

    def translate() -> float:
        outputs: list[str] = []
        for begin in range(0, len(sources), BATCH):
            batch = tokenizer(sources[begin : begin + BATCH], return_tensors="pt", padding=True, truncation=True)
            with torch.inference_mode():
                ids = model.generate(**batch, num_beams=1, do_sample=False, max_new_tokens=256, **settings)
            outputs += tokenizer.batch_decode(ids, skip_special_tokens=True)
        return len(outputs)

    return translate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--segments", type=int, default=400)
    parser.add_argument("--threads", type=int, default=usable_cores())
    chosen = parser.parse_args()
    figures = measure_decoding(
        chosen.student, text=chosen.text, segments=chosen.segments, rounds=chosen.rounds, threads=chosen.threads
    )
    print(render_table(figures))


if __name__ == "__main__":
    main()
