"""Continuing prompts with vLLM: its server with the student's folder, asked by token ids, a whole window at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from tutelage.core.contrast import Contrast
from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError
from tutelage.embedded.vllm_server import VllmServer, count_gpus
from tutelage.storage.digests import file_digest
from tutelage.students.causal_student import CausalStudent
from tutelage.students.engines.answers import Request
from tutelage.students.engines.causal_engine import CausalEngine
from tutelage.students.engines.device import chosen_device, require_gpu
from tutelage.students.engines.kinds import NO_BEAM, VLLM_TYPES
from tutelage.students.student_folder import student_signature

MOST_CONTEXT = 4096
"""Tokens of one prompt and its answer: a source is at most 1,024, and so is its translation."""


class VllmContinuation:
    """A `Continuation` by vLLM. It searches greedily or samples; it has no beam.

    An `adapter` is a folder that peft wrote, which is added to the student's layers and not merged.
    """

    def __init__(self, student: CausalStudent, *, compute_type: str = "float32", adapter: Path | None = None) -> None:
        if compute_type not in VLLM_TYPES:
            raise StudentError(
                f"vLLM does not decode a student in {compute_type}.",
                where=str(student.origin),
                fix=f"Set compute_type to one of: {', '.join(VLLM_TYPES)}.",
            )
        self._student, self._compute_type, self._adapter = student, compute_type, adapter
        self._context = min(student.context_tokens, MOST_CONTEXT)
        device = chosen_device()
        require_gpu(device, count=count_gpus() if device == "cuda" else 0)
        options = ["--dtype", compute_type, "--max-model-len", str(self._context), "--generation-config", "vllm"]
        try:
            self._server = VllmServer(
                str(student.origin), name="student", adapter=adapter, options=options, on_gpu=device != "cpu"
            )
        except RuntimeError as error:
            raise StudentError(f"vLLM cannot serve the student ({error}).", where=str(student.origin)) from error

    @property
    def signature(self) -> str:
        """Engine, arithmetic and weights."""
        added = "" if self._adapter is None else f"+{file_digest(self._adapter / 'adapter_model.safetensors')[:16]}"
        return f"vllm-{self._compute_type}:{student_signature(self._student.origin)}{added}"

    def continue_batch(self, requests: Sequence[Request], *, decoding: Decoding) -> list[list[int]]:
        """Ids written after each of the prompts, in their order, an end token included where one was written."""
        return [rows[0] for rows in self.continue_several(requests, decoding=replace(decoding, outputs=1))]

    def continue_several(self, requests: Sequence[Request], *, decoding: Decoding) -> list[list[list[int]]]:
        """The same for each of `decoding.outputs` outputs of each prompt; several are samples."""
        if decoding.beam_size > 1 or decoding.diversity_penalty > 0 or (decoding.outputs > 1 and not decoding.samples):
            raise StudentError(
                f"vLLM {NO_BEAM}, and gives several outputs by sampling only.",
                where=str(self._student.origin),
                fix="Set the beam size to 1; for several outputs set a sampling temperature.",
            )
        longest = max(len(request.ids) for request in requests)
        choices = self._ask(
            {
                "model": self._server.name,
                "prompt": [request.ids for request in requests],
                "n": decoding.outputs,
                "max_tokens": max(1, min(decoding.max_target_tokens, self._context - longest)),
                "stop_token_ids": list(self._student.format.stop_ids),
                "return_token_ids": True,
                **_search(decoding),
            }
        )
        ids = [self._up_to_end(choice["token_ids"]) for choice in sorted(choices, key=lambda one: int(one["index"]))]
        return [ids[start : start + decoding.outputs] for start in range(0, len(ids), decoding.outputs)]

    def _up_to_end(self, ids: list[int]) -> list[int]:
        ends = [place for place, token in enumerate(ids) if token in self._student.format.stop_ids]
        return ids[: ends[0] + 1] if ends else ids

    def _ask(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        connection = HTTPConnection(self._server.address)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/v1/completions", json.dumps(asked).encode(), headers)
            answer = json.loads(connection.getresponse().read())
        except (OSError, HTTPException, ValueError) as error:
            raise StudentError(f"vLLM does not answer ({error}).", where=str(self._student.origin)) from error
        finally:
            connection.close()
        if not isinstance(answer, dict) or "choices" not in answer:
            raise StudentError(f"vLLM does not decode this ({answer}).", where=str(self._student.origin))
        choices: list[dict[str, Any]] = answer["choices"]
        return choices


def _search(decoding: Decoding) -> dict[str, Any]:
    if not decoding.samples:
        return {"temperature": 0.0}
    return {"temperature": decoding.sampling_temperature, "top_p": decoding.sampling_top_p, "seed": decoding.seed}


def open_with_vllm(
    student: CausalStudent, *, cache: Path, compute_type: str, contrast: Contrast | None = None
) -> CausalEngine:
    """The engine on the student's own folder; `cache` is not used. A contrast is refused before it comes here."""
    del cache, contrast
    return CausalEngine(student, VllmContinuation(student, compute_type=compute_type))
