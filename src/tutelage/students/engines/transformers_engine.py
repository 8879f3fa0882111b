"""Decoding with transformers' `generate`: works for every student, on any device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tutelage.core.decoding import Decoding
from tutelage.students.batching import batch_by_tokens, windows
from tutelage.students.engines.diverse_beam import Search, search_diverse, stepper
from tutelage.students.engines.several import require_possible
from tutelage.students.states import without_adapter
from tutelage.students.student import Student
from tutelage.students.student_folder import student_signature

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

    def translate_several(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[tuple[str, ...]]:
        """`decoding.outputs` outputs for each source, in their order; diverse ones in the order of their groups."""
        require_possible(decoding)
        for window in windows(sources, decoding.window_sources or WINDOW):
            yield from self._several_of_window(window, decoding)

    def _several_of_window(self, sources: Sequence[str], decoding: Decoding) -> list[tuple[str, ...]]:
        student, count = self._student, decoding.outputs
        encoded = student.encode_sources(sources, max_tokens=student.max_tokens)
        outputs = [("",) * count] * len(sources)
        full = [index for index, source in enumerate(sources) if source.strip()]
        budget = max(1, decoding.batch_tokens // count)
        for batch in batch_by_tokens([len(encoded[index]) for index in full], budget=budget):
            places = [full[index] for index in batch]
            texts = student.decode_targets(self._generate_several([encoded[index] for index in places], decoding))
            for row, index in enumerate(places):
                outputs[index] = tuple(texts[row * count : (row + 1) * count])
        return outputs

    def _generate_several(self, encoded: list[list[int]], decoding: Decoding) -> Any:
        """Ids of all outputs, those of one source together."""
        if decoding.diversity_penalty > 0:
            return self._search_diverse(encoded, decoding)
        return self._generate(encoded, decoding, outputs=decoding.outputs)

    def _search_diverse(self, encoded: list[list[int]], decoding: Decoding) -> list[list[int]]:
        import torch

        student, model = self._student, without_adapter(self._student.model)
        batch = student.tokenizer.pad({"input_ids": encoded}, return_tensors="pt").to(model.device)
        search = Search(
            groups=decoding.outputs,
            beams=decoding.beam_size,
            penalty=decoding.diversity_penalty,
            max_new_tokens=min(decoding.max_target_tokens, student.max_tokens),
            length_penalty=decoding.length_penalty,
            end_id=student.tokenizer.eos_token_id,
            banned_ids=(model.config.pad_token_id,),
        )
        start = torch.tensor([_first_ids(student)] * len(encoded), device=model.device)
        with torch.inference_mode():
            step = stepper(model, dict(batch), rows_per_source=search.groups * search.beams)
            return [ids for groups in search_diverse(step, start, search) for ids in groups]

    def _translate_window(self, sources: Sequence[str], decoding: Decoding) -> list[str]:
        student = self._student
        encoded = student.encode_sources(sources, max_tokens=student.max_tokens)
        outputs = [""] * len(sources)
        for batch in batch_by_tokens([len(ids) for ids in encoded], budget=decoding.batch_tokens):
            decoded = self._generate([encoded[index] for index in batch], decoding)
            for index, text in zip(batch, student.decode_targets(decoded), strict=True):
                outputs[index] = text if sources[index].strip() else ""
        return outputs

    def _generate(self, encoded: list[list[int]], decoding: Decoding, *, outputs: int = 1) -> Any:
        import torch

        student, model = self._student, without_adapter(self._student.model)
        batch = student.tokenizer.pad({"input_ids": encoded}, return_tensors="pt").to(model.device)
        torch.manual_seed(decoding.seed)
        with torch.inference_mode(), generation_settings(model, search_settings(student, decoding, outputs)):
            return model.generate(**batch)


@contextmanager
def generation_settings(model: Any, settings: dict[str, Any]) -> Iterator[None]:
    """The model with these settings in place of its own, which would fill in whatever is not said here."""
    import transformers

    own = model.generation_config
    model.generation_config = transformers.GenerationConfig(**settings)
    try:
        yield
    finally:
        model.generation_config = own


def _first_ids(student: Student) -> list[int]:
    """What the decoder begins with: its start, and the language if that is a token of its own."""
    language = student.target_start()
    if student.starts_with_language and language is not None:
        return [language]
    start = [student.model.config.decoder_start_token_id]
    return start if language is None else [*start, language]


def search_settings(student: Student, decoding: Decoding, outputs: int) -> dict[str, Any]:
    """Our defaults in transformers' words."""
    config, language = student.model.config, student.target_start()
    forced = None if student.starts_with_language else language
    settings: dict[str, Any] = {
        "num_beams": decoding.beam_size,
        "num_return_sequences": outputs,
        "max_new_tokens": min(decoding.max_target_tokens, student.max_tokens),
        "min_new_tokens": 1 if forced is None else 2,
        "length_penalty": decoding.length_penalty,
        "early_stopping": decoding.beam_size > 1,
        "do_sample": decoding.sampling_temperature > 0,
        "decoder_start_token_id": language if student.starts_with_language else config.decoder_start_token_id,
        "forced_bos_token_id": forced,
        "eos_token_id": config.eos_token_id,
        "pad_token_id": config.pad_token_id,
        "bad_words_ids": [[config.pad_token_id]],
    }
    if settings["do_sample"]:
        settings |= {"temperature": decoding.sampling_temperature, "top_p": decoding.sampling_top_p, "top_k": 0}
    return settings
