"""Continuing prompts with transformers' `generate`: works for every causal student, on any device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tutelage.core.decoding import Decoding
from tutelage.students.batching import batch_by_tokens
from tutelage.students.causal_student import CausalStudent
from tutelage.students.engines.answers import IsEnough, Request
from tutelage.students.engines.device import chosen_device, require_gpu
from tutelage.students.engines.transformers_engine import generation_settings
from tutelage.students.states import without_adapter
from tutelage.students.student_folder import student_signature

LOW_PRECISION = ("bfloat16", "float16")


class TransformersContinuation:
    """A `Continuation` on the student's own model, moved to the accelerator if there is one."""

    def __init__(self, student: CausalStudent, *, compute_type: str = "float32") -> None:
        import torch

        self._student, self._compute_type = student, compute_type if compute_type in LOW_PRECISION else "float32"
        chosen, count = chosen_device(), torch.accelerator.device_count()
        require_gpu(chosen, count=count)
        device = torch.accelerator.current_accelerator() if count and chosen != "cpu" else None
        low = getattr(torch, compute_type) if compute_type in LOW_PRECISION else None
        self._model = without_adapter(student.model).to(device=device, dtype=low).eval()
        self._processors: Any = None

    @property
    def signature(self) -> str:
        """Engine, arithmetic if it is not float32, and weights."""
        name = "transformers" if self._compute_type == "float32" else f"transformers-{self._compute_type}"
        return f"{name}:{student_signature(self._student.origin)}"

    def continue_batch(self, requests: Sequence[Request], *, decoding: Decoding) -> list[list[int]]:
        """Ids written after each of the prompts, in their order, an end token included where one was written."""
        return [rows[0] for rows in self.continue_several(requests, decoding=replace(decoding, outputs=1))]

    def continue_several(self, requests: Sequence[Request], *, decoding: Decoding) -> list[list[list[int]]]:
        """The same for each of `decoding.outputs` outputs of each prompt."""
        import torch

        count = decoding.outputs
        written: list[list[list[int]]] = [[] for _ in requests]
        torch.manual_seed(decoding.seed)
        budget = max(1, decoding.batch_tokens // count)
        for batch in batch_by_tokens([len(request.ids) for request in requests], budget=budget):
            rows = self._generate([requests[index] for index in batch], decoding)
            for place, index in enumerate(batch):
                written[index] = rows[place * count : (place + 1) * count]
        return written

    def _generate(self, requests: Sequence[Request], decoding: Decoding) -> list[list[int]]:
        """Ids of every output, those of one request together."""
        import torch

        student, model = self._student, self._model
        longest = max(len(request.ids) for request in requests)
        padding = [longest - len(request.ids) for request in requests]
        pad = student.tokenizer.pad_token_id
        rows = [[pad] * count + request.ids for count, request in zip(padding, requests, strict=True)]
        input_ids = torch.tensor(rows, device=model.device)
        mask = torch.tensor([[0] * count + [1] * (longest - count) for count in padding], device=model.device)
        with torch.inference_mode(), generation_settings(model, _settings(student, decoding, prompt_tokens=longest)):
            output = model.generate(
                input_ids=input_ids,
                attention_mask=mask,
                stopping_criteria=_criteria(requests, longest, decoding),
                logits_processor=self._processors,
            )
        return [_up_to_end(row, student.format.stop_ids) for row in output[:, longest:].tolist()]


def _settings(student: CausalStudent, decoding: Decoding, *, prompt_tokens: int) -> dict[str, Any]:
    """Our defaults in transformers' words."""
    settings: dict[str, Any] = {
        "num_beams": decoding.beam_size,
        "num_return_sequences": decoding.outputs,
        "max_new_tokens": max(1, min(decoding.max_target_tokens, student.context_tokens - prompt_tokens)),
        "length_penalty": decoding.length_penalty,
        "early_stopping": decoding.beam_size > 1,
        "do_sample": decoding.sampling_temperature > 0,
        "eos_token_id": list(student.format.stop_ids),
        "pad_token_id": student.tokenizer.pad_token_id,
        "bos_token_id": student.tokenizer.bos_token_id,
    }
    if settings["do_sample"]:
        settings |= {"temperature": decoding.sampling_temperature, "top_p": decoding.sampling_top_p, "top_k": 0}
    return settings


def _criteria(requests: Sequence[Request], prompt_tokens: int, decoding: Decoding) -> Any:
    """Stops each row by itself; none with beams, where a row is not one text."""
    if decoding.beam_size > 1 or all(request.is_enough is None for request in requests):
        return None
    import torch
    import transformers

    watches: list[IsEnough] = [one.is_enough or _never for one in requests for _ in range(decoding.outputs)]
    stopped = [False] * len(watches)

    class Enough(transformers.StoppingCriteria):  # type: ignore[misc]
        def __call__(self, input_ids: Any, _scores: Any, **_: Any) -> Any:
            for index, ids in enumerate(input_ids[:, prompt_tokens:].tolist()):
                stopped[index] = stopped[index] or watches[index](ids)
            return torch.tensor(stopped, device=input_ids.device)

    return transformers.StoppingCriteriaList([Enough()])


def _never(_ids: Sequence[int]) -> bool:
    return False


def _up_to_end(ids: list[int], stop_ids: Sequence[int]) -> list[int]:
    ends = [position for position, token in enumerate(ids) if token in stop_ids]
    return ids[: ends[0] + 1] if ends else ids
