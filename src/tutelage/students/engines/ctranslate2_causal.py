"""Continuing prompts with CTranslate2: converted once, fast on CPU, optionally in int8."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tutelage.core.decoding import Decoding
from tutelage.core.machine import usable_cores
from tutelage.students.batching import batch_by_tokens
from tutelage.students.causal_student import CausalStudent
from tutelage.students.engines.answers import Request
from tutelage.students.engines.conversion import Converted, find_conversion
from tutelage.students.engines.ctranslate2_opening import open_conversion
from tutelage.students.engines.ctranslate2_search import search_settings


class CTranslate2Continuation:
    """A `Continuation` on a converted copy of the student's folder."""

    def __init__(
        self,
        student: CausalStudent,
        *,
        cache: Path | None = None,
        converted: Converted | None = None,
        compute_type: str = "float32",
        threads: int = 0,
    ) -> None:
        """`cache` holds conversions by content key, unless the student is `converted`; `threads` 0 takes all cores."""
        self._student, self._compute_type = student, compute_type
        converted = converted or find_conversion(student, cache, compute_type=compute_type)
        self._key, self._folder, self._cores = converted.key, converted.folder, threads or usable_cores()
        self._generator = open_conversion("Generator", self._folder, compute_type=compute_type, workers=self._cores)

    @property
    def signature(self) -> str:
        """Engine, arithmetic and weights."""
        return f"ctranslate2-{self._compute_type}:{self._key}"

    def continue_batch(self, requests: Sequence[Request], *, decoding: Decoding) -> list[list[int]]:
        """Ids written after each of the prompts, in their order, an end token included where one was written."""
        return [rows[0] for rows in self.continue_several(requests, decoding=replace(decoding, outputs=1))]

    def continue_several(self, requests: Sequence[Request], *, decoding: Decoding) -> list[list[list[int]]]:
        """The same for each of `decoding.outputs` outputs of each prompt; samples are rows of their own."""
        if not decoding.samples:
            return self._continue(self._generator, requests, decoding)
        count, repeated = decoding.outputs, [request for request in requests for _ in range(decoding.outputs)]
        rows = self._continue(self._seeded_generator(decoding.seed), repeated, replace(decoding, outputs=1))
        return [[ids for (ids,) in rows[start : start + count]] for start in range(0, len(rows), count)]

    def _seeded_generator(self, seed: int) -> Any:
        """A new generator with one worker, since a worker is seeded when it begins."""
        import ctranslate2

        ctranslate2.set_random_seed(seed)
        return open_conversion(
            "Generator", self._folder, compute_type=self._compute_type, workers=1, threads=self._cores
        )

    def _continue(self, generator: Any, requests: Sequence[Request], decoding: Decoding) -> list[list[list[int]]]:
        batches = batch_by_tokens([len(request.ids) for request in requests], budget=decoding.batch_tokens)
        sent = [self._send(generator, [requests[index] for index in batch], decoding) for batch in batches]
        written: list[list[list[int]]] = [[] for _ in requests]
        for batch, results in zip(batches, sent, strict=True):
            for index, result in zip(batch, results, strict=True):
                written[index] = [list(ids) for ids in result.result().sequences_ids]
        return written

    def _send(self, generator: Any, requests: Sequence[Request], decoding: Decoding) -> list[Any]:
        """One batch on its way; CTranslate2 numbers the rows of a callback within a batch, so it must not cut ours."""
        student = self._student
        longest = max(len(request.ids) for request in requests)
        results: list[Any] = generator.generate_batch(
            [student.tokenizer.convert_ids_to_tokens(request.ids) for request in requests],
            asynchronous=True,
            end_token=list(student.format.stop_ids),
            return_end_token=True,
            max_length=max(1, min(decoding.max_target_tokens, student.context_tokens - longest)),
            callback=_watch(requests) if decoding.beam_size == 1 else None,
            include_prompt_in_result=False,
            num_hypotheses=decoding.outputs,
            **search_settings(decoding),
        )
        return results


def _watch(requests: Sequence[Request]) -> Callable[[Any], bool] | None:
    """Called for each token: stops a row whose answer is enough."""
    if all(request.is_enough is None for request in requests):
        return None
    written: list[list[int]] = [[] for _ in requests]

    def is_enough(step: Any) -> bool:
        written[step.batch_id].append(step.token_id)
        watch = requests[step.batch_id].is_enough
        return watch is not None and watch(written[step.batch_id])

    return is_enough
