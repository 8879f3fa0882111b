"""Decoding with CTranslate2: converted once, fast on CPU, optionally in int8."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tutelage.core.decoding import Decoding
from tutelage.core.machine import usable_cores
from tutelage.students.batching import windows
from tutelage.students.engines.conversion import conversion_folder, convert_student
from tutelage.students.engines.ctranslate2_search import search_settings
from tutelage.students.loading import student_signature
from tutelage.students.student import Student

WINDOW = 1024
"""Sources tokenised and sent together; two windows are in flight, so memory does not grow with the corpus."""


class CTranslate2Engine:
    """An `Engine` on a converted copy of the student's folder."""

    def __init__(self, student: Student, *, cache: Path, compute_type: str = "float32", threads: int = 0) -> None:
        """`cache` holds conversions by content key; `compute_type` is float32, int8, …; `threads` 0 takes all cores."""
        self._student, self._compute_type = student, compute_type
        self._key = student_signature(student.origin)
        folder = convert_student(student, conversion_folder(cache, self._key))
        self._translator = _open(folder, compute_type=compute_type, threads=threads)

    @property
    def signature(self) -> str:
        """Engine, arithmetic and weights."""
        return f"ctranslate2-{self._compute_type}:{self._key}"

    def translate(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[str]:
        """One output for each source, in their order; the next window is tokenised while one is decoded."""
        in_flight: deque[list[Any]] = deque()
        for window in windows(sources, WINDOW):
            in_flight.append(self._send(window, decoding))
            if len(in_flight) > 1:
                yield from self._receive(in_flight.popleft())
        for sent in in_flight:
            yield from self._receive(sent)

    def _send(self, sources: list[str], decoding: Decoding) -> list[Any]:
        student, tokenizer = self._student, self._student.tokenizer
        encoded = student.encode_sources(sources, max_tokens=student.max_tokens)
        tokens = [
            tokenizer.convert_ids_to_tokens(ids) if source.strip() else []
            for source, ids in zip(sources, encoded, strict=True)
        ]
        results: list[Any] = self._translator.translate_batch(
            tokens, asynchronous=True, **self._target_settings(len(tokens), decoding), **_settings(decoding)
        )
        return results

    def _target_settings(self, count: int, decoding: Decoding) -> dict[str, Any]:
        """What the decoder begins with, must not write, and how long it may go on."""
        student, start = self._student, self._student.target_start()
        longest = min(decoding.max_target_tokens, student.max_tokens)
        settings: dict[str, Any] = {"max_decoding_length": longest}
        if student.family != "marian":  # whose conversion has no padding token
            settings["suppress_sequences"] = [[student.tokenizer.pad_token]]
        if start is not None:
            settings["target_prefix"] = [[student.tokenizer.convert_ids_to_tokens(start)]] * count
        return settings

    def _receive(self, sent: list[Any]) -> list[str]:
        tokenizer = self._student.tokenizer
        outputs = [result.result().hypotheses[0] for result in sent]
        return self._student.decode_targets([tokenizer.convert_tokens_to_ids(tokens) for tokens in outputs])


def _open(folder: Path, *, compute_type: str, threads: int) -> Any:
    import ctranslate2

    cores = threads or usable_cores()
    return ctranslate2.Translator(
        str(folder), device="auto", compute_type=compute_type, inter_threads=cores, intra_threads=1
    )


def _settings(decoding: Decoding) -> dict[str, Any]:
    batches = {"max_batch_size": decoding.batch_tokens, "batch_type": "tokens", "max_input_length": 0}
    return {**search_settings(decoding), **batches, "return_scores": False}
