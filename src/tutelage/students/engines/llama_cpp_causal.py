"""Continuing prompts with llama.cpp: a GGUF file, loaded once, asked by token ids over the loopback.

A student that is a GGUF file is decoded from that very file; any other is converted once, into the cache of
conversions.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tutelage.core.contrast import Contrast
from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError
from tutelage.core.machine import usable_cores
from tutelage.embedded.llama_cpp import count_gpus, start_server
from tutelage.storage.caches import cached_folder
from tutelage.students.causal_student import CausalStudent
from tutelage.students.engines.answers import Request
from tutelage.students.engines.causal_engine import CausalEngine
from tutelage.students.engines.device import chosen_device, require_gpu
from tutelage.students.engines.kinds import GGUF_TYPES, NO_BEAM
from tutelage.students.exports.gguf_converter import convert_to_gguf
from tutelage.students.gguf import gguf_of
from tutelage.students.student_folder import student_signature

WEIGHTS = "model.gguf"
CONVERSION = 1
"""Rises when a conversion would come out differently, so that older ones in a cache are left alone."""
SLOTS = 4
"""Prompts decoded together."""
MOST_CONTEXT = 4096
"""Tokens of one prompt and its answer: a source is at most 1,024, and so is its translation."""


class LlamaCppContinuation:
    """A `Continuation` by llama.cpp. It searches greedily or samples; it has no beam."""

    def __init__(self, student: CausalStudent, gguf: Path, *, key: str, threads: int = 1) -> None:
        """`key` is what the weights are told by in signatures."""
        self._student, self._key, self._gguf = student, key, gguf
        self._context = min(student.context_tokens, MOST_CONTEXT)
        device = chosen_device()
        require_gpu(device, count=count_gpus(), or_else=", or the installed xllamacpp is built without")
        try:
            self._server: Any = start_server(
                gguf, threads=threads, slots=SLOTS, context_tokens=self._context, on_gpu=device != "cpu"
            )
        except RuntimeError as error:
            raise StudentError(f"llama.cpp cannot load the student ({error}).", where=str(gguf)) from error
        self._address = urlsplit(self._server.listening_address).netloc

    @property
    def signature(self) -> str:
        """Engine and weights."""
        return f"llama.cpp:{self._key}"

    def continue_batch(self, requests: Sequence[Request], *, decoding: Decoding) -> list[list[int]]:
        """Ids written after each of the prompts, in their order, an end token included where one was written."""
        if decoding.beam_size > 1 or decoding.diversity_penalty > 0:
            raise StudentError(
                f"llama.cpp {NO_BEAM}.",
                where=str(self._gguf),
                fix="Set the beam size to 1.",
            )
        with ThreadPoolExecutor(SLOTS) as pool:
            return list(pool.map(lambda request: self._continue(request, decoding), requests))

    def continue_several(self, requests: Sequence[Request], *, decoding: Decoding) -> list[list[list[int]]]:
        """The same for each of `decoding.outputs` outputs of each prompt, drawn with a seed each."""
        if decoding.outputs > 1 and not decoding.samples:
            raise StudentError(
                "llama.cpp gives several outputs by sampling only.",
                where=str(self._gguf),
                fix="Set a sampling temperature.",
            )
        runs = [replace(decoding, outputs=1, seed=decoding.seed + number) for number in range(decoding.outputs)]
        columns = [self.continue_batch(requests, decoding=run) for run in runs]
        return [[column[row] for column in columns] for row in range(len(requests))]

    def _continue(self, request: Request, decoding: Decoding) -> list[int]:
        longest = max(1, min(decoding.max_target_tokens, self._context - len(request.ids)))
        asked = {
            "prompt": request.ids,
            "n_predict": longest,
            "return_tokens": True,
            "cache_prompt": False,  # what earlier prompts left in the cache would change the rounding
            **_search(decoding),
        }
        ids = [int(token) for token in self._ask(asked)["tokens"]]
        ends = [place for place, token in enumerate(ids) if token in self._student.format.stop_ids]
        return ids[: ends[0] + 1] if ends else ids

    def _ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        connection = HTTPConnection(self._address)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/completion", json.dumps(asked).encode(), headers)
            answer = json.loads(connection.getresponse().read())
        except (OSError, HTTPException, ValueError) as error:
            raise StudentError(f"llama.cpp does not answer ({error}).", where=str(self._gguf)) from error
        finally:
            connection.close()
        if not isinstance(answer, dict) or "tokens" not in answer:
            said = answer.get("error", answer) if isinstance(answer, dict) else answer
            raise StudentError(f"llama.cpp does not decode this ({said}).", where=str(self._gguf))
        return answer


def _search(decoding: Decoding) -> dict[str, Any]:
    """llama.cpp's own defaults would cut and penalise; nothing of that here."""
    plain = {"min_p": 0.0, "repeat_penalty": 1.0, "top_p": 1.0}
    if not decoding.samples:
        return {**plain, "temperature": 0.0, "top_k": 1}
    sampled = {"temperature": decoding.sampling_temperature, "top_p": decoding.sampling_top_p, "top_k": 0}
    return {**plain, **sampled, "seed": decoding.seed}


def open_with_llama_cpp(
    student: CausalStudent, *, cache: Path, compute_type: str, contrast: Contrast | None = None
) -> CausalEngine:
    """The engine on the student's own GGUF file, else on its conversion. A contrast is refused before it comes here.

    StudentError for a compute type that llama.cpp's converter does not write, and if the converter is not there.
    """
    del contrast
    if compute_type not in GGUF_TYPES:
        raise StudentError(
            f"llama.cpp does not decode a student in {compute_type}.",
            where=str(student.origin),
            fix=f"Set compute_type to one of: {', '.join(GGUF_TYPES)}.",
        )
    key, own = student_signature(student.origin), gguf_of(student.origin)
    if own is not None:
        file, key = own.path, f"file-{own.digest[:16]}:{key}"
    else:
        outtype = GGUF_TYPES[compute_type]
        file, key = find_gguf_conversion(student.origin, cache, outtype=outtype), f"{outtype}:{key}"
    return CausalEngine(student, LlamaCppContinuation(student, file, key=key, threads=usable_cores()))


def find_gguf_conversion(student: Path, cache: Path, *, outtype: str) -> Path:
    """The GGUF file of the student in a folder, converted into the cache if it is not there."""
    folder = cache / f"{student_signature(student)}-{outtype}-{CONVERSION}"
    cached_folder(folder, lambda aside: convert_to_gguf(student, aside / WEIGHTS, outtype=outtype))
    return folder / WEIGHTS
