"""Contrastive decoding with encoder–decoder students that are told a language: by a token, or by T5's prefix.

Equation and source are in `core/contrast.py`. Deviation: the paper's implementation contrasts with the languages that
it is given, here regions of one language and members of a macrolanguage count as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tutelage.core.contrast import Contrast
from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.core.protocols import Engine
from tutelage.students.batching import batch_by_tokens, windows
from tutelage.students.engines.contrastive_scores import ContrastiveScores
from tutelage.students.engines.several import require_possible
from tutelage.students.engines.transformers_engine import (
    WINDOW,
    TransformersEngine,
    generation_settings,
    search_settings,
)
from tutelage.students.states import without_adapter
from tutelage.students.student import Student
from tutelage.students.student_folder import student_signature

TAKE_ANOTHER = (
    "Take NLLB, M2M-100, mBART, a multilingual Marian, T5, or a chat model whose instruction names {target_language}."
)


class ContrastiveEngine:
    """An `Engine` on the student's own model; StudentError for a student that cannot be told a language."""

    def __init__(self, student: Student, *, contrast: Contrast) -> None:
        if not student.says_direction:
            raise StudentError(
                "this student cannot be told a language, so there is none to push its translations away from.",
                where=str(student.origin),
                fix=f"Leave out contrastive decoding. {TAKE_ANOTHER}",
            )
        self._student, self._contrast = student, contrast
        self._directions = (student.direction, *known_directions(student, contrast))

    @property
    def signature(self) -> str:
        """Contrast, engine and weights; the weights are those of the student's folder."""
        return f"{self._contrast.signature}:transformers:{student_signature(self._student.origin)}"

    def translate(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[str]:
        """One output for each source, in their order."""
        for (output,) in self.translate_several(sources, decoding=replace(decoding, outputs=1)):
            yield output

    def translate_several(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[tuple[str, ...]]:
        """`decoding.outputs` outputs of the beam for each source, in their order; StudentError for another search."""
        refuse_sampling(decoding)
        for window in windows(sources, WINDOW):
            yield from self._translate_window(window, decoding)

    def _translate_window(self, sources: Sequence[str], decoding: Decoding) -> list[tuple[str, ...]]:
        """The true rows and their contrasts are in one batch, and batches are as large as without contrasts."""
        student, count = self._student, decoding.outputs
        encoded = [
            student.encode_sources(sources, max_tokens=student.max_tokens, direction=direction)
            for direction in self._directions
        ]
        outputs = [("",) * count] * len(sources)
        lengths = [max(map(len, rows)) for rows in zip(*encoded, strict=True)]
        full = [index for index, source in enumerate(sources) if source.strip()]
        budget = max(1, decoding.batch_tokens // len(encoded))
        for batch in batch_by_tokens([lengths[index] for index in full], budget=budget):
            places = [full[index] for index in batch]
            written = self._generate([rows[index] for rows in encoded for index in places], decoding)
            texts = student.decode_targets(written[: len(places) * count])
            for row, index in enumerate(places):
                outputs[index] = tuple(texts[row * count : (row + 1) * count])
        return outputs

    def _generate(self, rows: list[list[int]], decoding: Decoding) -> Any:
        import torch

        student, model = self._student, without_adapter(self._student.model)
        batch = student.tokenizer.pad({"input_ids": rows}, return_tensors="pt").to(model.device)
        starts = [student.target_start(direction) for direction in self._directions]
        student.target_start()  # the tokenizer is left as it was found
        settings = search_settings(student, decoding, decoding.outputs)
        forced = settings["forced_bos_token_id"] is not None
        first_ids = tuple(start for start in starts if forced and start is not None)
        if student.starts_with_language:
            settings["decoder_start_token_id"] = [start for start in starts for _ in range(len(rows) // len(starts))]
        scores = ContrastiveScores(len(starts), self._contrast.weight, first_ids)
        with torch.inference_mode(), generation_settings(model, {**settings, "forced_bos_token_id": None}):
            return model.generate(**batch, logits_processor=processors(scores))


def open_with_transformers(
    student: Student, *, cache: Path, compute_type: str, contrast: Contrast | None = None
) -> Engine:
    """The engine on the student's own model, in float32; `cache` and `compute_type` are not used."""
    del cache, compute_type
    return TransformersEngine(student) if contrast is None else ContrastiveEngine(student, contrast=contrast)


def known_directions(student: Student, contrast: Contrast) -> tuple[Direction, ...]:
    """The wrong directions of a contrast for a student.

    Without languages of its own, the contrast leaves out those that the student cannot be told, but not all of them:
    then, and for a language that was named, StudentError.
    """
    wrong, known = contrast.wrong_directions(student.direction), list[Direction]()
    for direction in wrong:
        try:
            student.require_direction(student.tokenizer, direction)
            known.append(direction)
        except StudentError:
            if contrast.languages or (direction is wrong[-1] and not known):
                raise
    student.target_start()
    return tuple(known)


def refuse_sampling(decoding: Decoding) -> None:
    """StudentError for a decoding that is no plain search: the groups of a contrast must choose the same token."""
    if decoding.sampling_temperature > 0 or decoding.diversity_penalty > 0:
        raise StudentError(
            "contrastive decoding searches with a beam; it does not sample, and knows no diverse beams.",
            where="decoding",
            fix="Set the sampling temperature and the diversity penalty to 0, or leave out the contrast.",
        )
    require_possible(decoding)


def processors(scores: ContrastiveScores) -> Any:
    """The processor in the list that transformers takes."""
    import transformers

    return transformers.LogitsProcessorList([scores])
