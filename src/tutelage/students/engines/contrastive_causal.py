"""Contrastive decoding with causal students: the same text, asked for in the wrong languages, beside the true one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tutelage.core.contrast import Contrast
from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError
from tutelage.students.causal_student import CausalStudent
from tutelage.students.engines.answers import Request
from tutelage.students.engines.causal_engine import CausalEngine
from tutelage.students.engines.contrastive import processors, refuse_sampling
from tutelage.students.engines.contrastive_scores import ContrastiveScores
from tutelage.students.engines.transformers_causal import TransformersContinuation
from tutelage.students.instructions import names_target


class ContrastiveContinuation(TransformersContinuation):
    """A `Continuation` of requests with contrasts; those without any are continued plainly."""

    def __init__(self, student: CausalStudent, *, contrast: Contrast, compute_type: str = "float32") -> None:
        super().__init__(student, compute_type=compute_type)
        self._contrast = contrast

    @property
    def signature(self) -> str:
        """Contrast, engine, arithmetic if it is not float32, and weights."""
        return f"{self._contrast.signature}:{super().signature}"

    def continue_several(self, requests: Sequence[Request], *, decoding: Decoding) -> list[list[list[int]]]:
        """Ids of each output written after each of the prompts, in their order, an end token included where one was.

        The true rows and their contrasts are in one batch, and batches are as large as without contrasts.
        """
        groups = 1 + len(requests[0].contrasts) if requests else 1
        if groups == 1:
            return super().continue_several(requests, decoding=decoding)
        refuse_sampling(decoding)
        smaller = replace(decoding, batch_tokens=max(1, decoding.batch_tokens // groups))
        self._processors = processors(ContrastiveScores(groups, self._contrast.weight))
        try:
            return super().continue_several(requests, decoding=smaller)
        finally:
            self._processors = None

    def _generate(self, requests: Sequence[Request], decoding: Decoding) -> list[list[int]]:
        contrasts = zip(*(request.contrasts for request in requests), strict=True)
        wrong = [
            Request(ids, request.is_enough) for group in contrasts for ids, request in zip(group, requests, strict=True)
        ]
        written = super()._generate([*requests, *wrong], decoding)
        return written[: len(written) * len(requests) // (len(requests) + len(wrong))]


class ContrastiveCausalEngine(CausalEngine):
    """An `Engine` for chat models; StudentError if the instruction names no language. `complete` is plain."""

    def __init__(self, student: CausalStudent, *, contrast: Contrast, compute_type: str = "float32") -> None:
        if not names_target(student.instruction):
            raise StudentError(
                "this student's instruction names no language, so there is none to push its translations away from.",
                where=str(student.origin),
                fix="Leave out contrastive decoding, or give an instruction that names {target_language}.",
            )
        continuation = ContrastiveContinuation(student, contrast=contrast, compute_type=compute_type)
        super().__init__(student, continuation)
        self._wrong = contrast.wrong_directions(student.direction)

    def _requests(self, sources: Sequence[str]) -> list[Request]:
        student, requests = self._student, super()._requests(sources)
        full = [source for source in sources if source.strip()]
        wrong = [student.encode_sources(full, max_tokens=student.max_tokens, direction=one) for one in self._wrong]
        if not wrong:
            return requests
        return [replace(one, contrasts=ids) for one, ids in zip(requests, zip(*wrong, strict=True), strict=True)]


def open_with_transformers(
    student: CausalStudent, *, cache: Path, compute_type: str, contrast: Contrast | None = None
) -> CausalEngine:
    """The engine on the student's own model, in bfloat16 if `compute_type` says so; `cache` is not used."""
    del cache
    if contrast is None:
        return CausalEngine(student, TransformersContinuation(student, compute_type=compute_type))
    return ContrastiveCausalEngine(student, contrast=contrast, compute_type=compute_type)
