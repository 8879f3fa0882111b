"""Decoding with transformers' `generate`: works for every student, on any device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tutelage.core.decoding import Decoding
from tutelage.students.batching import batch_by_tokens, windows
from tutelage.students.loading import student_signature
from tutelage.students.student import Student

WINDOW = 2048
"""Sources that are sorted by length together; bounds memory."""


class TransformersEngine:
    """An `Engine` on the student's own model."""

    def __init__(self, student: Student) -> None:
        self._student = student

    @property
    def signature(self) -> str:
        """Engine and weights; the weights are those of the student's folder."""
        return f"transformers:{student_signature(self._student.origin)}"

    def translate(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[str]:
        """One output for each source, in their order."""
        for window in windows(sources, WINDOW):
            yield from self._translate_window(window, decoding)

    def _translate_window(self, sources: Sequence[str], decoding: Decoding) -> list[str]:
        student = self._student
        encoded = student.encode_sources(sources, max_tokens=student.tokenizer.model_max_length)
        outputs = [""] * len(sources)
        for batch in batch_by_tokens([len(ids) for ids in encoded], budget=decoding.batch_tokens):
            decoded = self._generate([encoded[index] for index in batch], decoding)
            for index, text in zip(batch, student.decode_targets(decoded), strict=True):
                outputs[index] = text if sources[index].strip() else ""
        return outputs

    def _generate(self, encoded: list[list[int]], decoding: Decoding) -> Any:
        import torch

        student = self._student
        batch = student.tokenizer.pad({"input_ids": encoded}, return_tensors="pt").to(student.model.device)
        torch.manual_seed(decoding.seed)
        with torch.inference_mode():
            return student.model.generate(**batch, **_generation_settings(decoding, student.target_start()))


def _generation_settings(decoding: Decoding, target_start: int | None) -> dict[str, Any]:
    """Our defaults in transformers' words; the model's own generation settings must not leak in."""
    settings: dict[str, Any] = {
        "num_beams": decoding.beam_size,
        "max_new_tokens": decoding.max_target_tokens,
        "length_penalty": decoding.length_penalty,
        "do_sample": decoding.sampling_temperature > 0,
        "forced_bos_token_id": target_start,
        "early_stopping": decoding.beam_size > 1,
    }
    if settings["do_sample"]:
        settings |= {"temperature": decoding.sampling_temperature, "top_p": decoding.sampling_top_p, "top_k": 0}
    return settings
