"""Decoding with CTranslate2: converted once, fast on CPU, optionally in int8."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tutelage.core.decoding import Decoding
from tutelage.core.machine import usable_cores
from tutelage.core.protocols import Scored
from tutelage.students.batching import windows
from tutelage.students.engines.conversion import Converted, find_conversion
from tutelage.students.engines.ctranslate2_search import search_settings
from tutelage.students.engines.several import require_possible
from tutelage.students.student import Student

WINDOW = 1024
"""Sources tokenised and sent together; two windows are in flight, so memory does not grow with the corpus."""


class CTranslate2Engine:
    """An `Engine` on a converted copy of the student's folder."""

    def __init__(
        self,
        student: Student,
        *,
        cache: Path | None = None,
        converted: Converted | None = None,
        compute_type: str = "float32",
        threads: int = 0,
    ) -> None:
        """`cache` holds conversions by content key, unless the student is `converted` already.

        `compute_type` is float32, int8, …; `threads` 0 takes all cores.
        """
        self._student, self._compute_type = student, compute_type
        converted = converted or find_conversion(student, cache)
        self._key, self._folder, self._cores = converted.key, converted.folder, threads or usable_cores()
        self._translator = _open(self._folder, compute_type=compute_type, workers=self._cores)

    @property
    def signature(self) -> str:
        """Engine, arithmetic and weights."""
        return f"ctranslate2-{self._compute_type}:{self._key}"

    def translate(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[str]:
        """One output for each source, in their order; the next window is tokenised while one is decoded."""
        for sent in self._sent(sources, replace(decoding, outputs=1)):
            yield from self._decode([result.result().hypotheses[0] for result in sent])

    def translate_scored(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[tuple[Scored, ...]]:
        """`decoding.outputs` outputs for each source with the mean log-probability of their tokens."""
        for sent in self._sent(sources, decoding, scores=True):
            results = [result.result() for result in sent]
            texts = iter(self._decode([tokens for one in results for tokens in one.hypotheses]))
            for one in results:
                yield tuple(
                    Scored(next(texts), score * (len(tokens) + 1) ** (decoding.length_penalty - 1))
                    for tokens, score in zip(one.hypotheses, one.scores, strict=True)
                )

    def _sent(self, sources: Iterable[str], decoding: Decoding, *, scores: bool = False) -> Iterator[list[Any]]:
        """Window after window as it is to be waited for; two are in flight."""
        translator = self._translator_for(decoding)
        in_flight: deque[list[Any]] = deque()
        for window in windows(sources, WINDOW):
            in_flight.append(self._send(translator, window, decoding, decoding.outputs, scores=scores))
            if len(in_flight) > 1:
                yield in_flight.popleft()
        yield from in_flight

    def translate_several(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[tuple[str, ...]]:
        """`decoding.outputs` outputs for each source, those of a beam the likeliest first, in the sources' order."""
        require_possible(decoding, diverse_in="CTranslate2")
        translator = self._translator_for(decoding)
        for window in windows(sources, decoding.window_sources or WINDOW):
            yield from self._receive_several(self._send(translator, window, decoding, decoding.outputs), window)

    def go_on(self, sources: Sequence[str], beginnings: Sequence[str], *, decoding: Decoding) -> list[str]:
        """For each source the whole of what the student writes behind its beginning."""
        given = [self._prefix(beginning) for beginning in beginnings]
        settings = {**self._target_settings(len(given), decoding), **_settings(decoding), "target_prefix": given}
        results = self._translator.translate_batch(self._tokens(sources), **settings)
        return self._decode([result.hypotheses[0] for result in results])

    def score(self, sources: Sequence[str], texts: Sequence[str], *, decoding: Decoding) -> list[float]:
        """The log-probability of each text as a translation of its source; higher is likelier."""
        batches = {"max_batch_size": decoding.batch_tokens, "batch_type": "tokens"}
        targets = [self._prefix(text) for text in texts]
        scored = self._translator.score_batch(self._tokens(sources), targets, **batches)
        return [float(sum(one.log_probs)) for one in scored]

    def _tokens(self, sources: Sequence[str]) -> list[list[str]]:
        student = self._student
        encoded = student.encode_sources(sources, max_tokens=student.max_tokens)
        return [student.tokenizer.convert_ids_to_tokens(ids) for ids in encoded]

    def _prefix(self, beginning: str) -> list[str]:
        """The language if the decoder is given one, and the tokens of the beginning without an end of sequence."""
        student, start = self._student, self._student.target_start()
        ids = student.encode_targets([beginning], max_tokens=student.max_tokens)[0]
        special = set(student.tokenizer.all_special_ids)
        kept = [number for number in ids if number not in special or number == student.tokenizer.unk_token_id]
        tokens: list[str] = student.tokenizer.convert_ids_to_tokens(kept if start is None else [start, *kept])
        return tokens

    def _translator_for(self, decoding: Decoding) -> Any:
        """The translator; for sampling a new one with one worker, since a worker is seeded when it begins."""
        if not decoding.samples:
            return self._translator
        import ctranslate2

        ctranslate2.set_random_seed(decoding.seed)
        return _open(self._folder, compute_type=self._compute_type, workers=1, threads=self._cores)

    def _send(
        self, translator: Any, sources: list[str], decoding: Decoding, outputs: int = 1, *, scores: bool = False
    ) -> list[Any]:
        student, tokenizer = self._student, self._student.tokenizer
        encoded = student.encode_sources(sources, max_tokens=student.max_tokens)
        tokens = [
            tokenizer.convert_ids_to_tokens(ids) if source.strip() else []
            for source, ids in zip(sources, encoded, strict=True)
        ]
        settings = {**self._target_settings(len(tokens), decoding), **_settings(decoding), "num_hypotheses": outputs}
        settings["return_scores"] = scores
        results: list[Any] = translator.translate_batch(tokens, asynchronous=True, **settings)
        return results

    def _target_settings(self, count: int, decoding: Decoding) -> dict[str, Any]:
        """What the decoder begins with, must not write, and how long it may go on."""
        student, start = self._student, self._student.target_start()
        longest = min(decoding.max_target_tokens, student.max_tokens)
        settings: dict[str, Any] = {"max_decoding_length": longest}
        if student.banned_tokens:
            settings["suppress_sequences"] = [[token] for token in student.banned_tokens]
        if start is not None:
            settings["target_prefix"] = [[student.tokenizer.convert_ids_to_tokens(start)]] * count
        return settings

    def _receive_several(self, sent: list[Any], sources: list[str]) -> Iterator[tuple[str, ...]]:
        for source, result in zip(sources, sent, strict=True):
            hypotheses = result.result().hypotheses
            yield tuple(self._decode(hypotheses)) if source.strip() else ("",) * len(hypotheses)

    def _decode(self, hypotheses: list[list[str]]) -> list[str]:
        tokenizer = self._student.tokenizer
        return self._student.decode_targets([tokenizer.convert_tokens_to_ids(tokens) for tokens in hypotheses])


def _open(folder: Path, *, compute_type: str, workers: int, threads: int = 1) -> Any:
    import ctranslate2

    return ctranslate2.Translator(
        str(folder), device="auto", compute_type=compute_type, inter_threads=workers, intra_threads=threads
    )


def _settings(decoding: Decoding) -> dict[str, Any]:
    batches = {"max_batch_size": decoding.batch_tokens, "batch_type": "tokens", "max_input_length": 0}
    return {**search_settings(decoding), **batches, "return_scores": False}
