"""The Batch API's files: requests as JSON Lines, and the lines that come back (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tutelage.core.secrets import redact_answer
from tutelage.teachers.calling.completions import read_completion
from tutelage.teachers.calling.diagnosis import classify, classify_status
from tutelage.teachers.calling.failures import BrokenAnswer, ErrorAnswer, Failure
from tutelage.teachers.calling.limits import KEPT_CHARACTERS, clean
from tutelage.teachers.calling.statuses import TOO_DEEP
from tutelage.teachers.calling.words import read_words
from tutelage.teachers.messages import ChatAnswer, ChatRequest

ENDPOINT: Final = "/v1/chat/completions"
_CUSTOM_ID = re.compile(r'"custom_id"\s*:\s*"(\w+)"')
_SPOILED = "spoiled"


def render_batch(bodies: Mapping[str, dict[str, Any]]) -> bytes:
    """The file to upload: one request a line, named by its key in the ledger."""
    lines = ({"custom_id": key, "method": "POST", "url": ENDPOINT, "body": body} for key, body in bodies.items())
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def read_lines(texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The lines of output and error files by key, in whatever order they came; what is no JSON object is left out."""
    found = {}
    for text in texts:
        for raw in text.split("\n"):  # other ends of lines may stand within an answer
            try:
                line = json.loads(raw)
            except RecursionError:
                line = _too_deep(raw)
            except ValueError:
                continue
            if isinstance(line, dict) and isinstance(line.get("custom_id"), str):
                found[line["custom_id"]] = line
    return found


def read_line(line: dict[str, Any] | None, *, request: ChatRequest) -> ChatAnswer | Failure:
    """The answer in a line, or why there is none; none for a line that did not come."""
    if line is None:
        return Failure("server_error", "the batch gave no line for this request")
    response, error = line.get("response"), line.get("error")
    if not isinstance(response, dict):
        code = error.get("code") if isinstance(error, dict) else None
        return Failure("busy" if code == "batch_expired" else "server_error", read_words(error).text)
    status = response.get("status_code")
    if status != 200:
        return classify_status(status if isinstance(status, int) else 500, read_words(response.get("body")))
    if isinstance(response.get(_SPOILED), str):
        return ChatAnswer(response[_SPOILED], spoiled=TOO_DEEP)
    try:
        return read_completion(response.get("body"), request=request)
    except (BrokenAnswer, ErrorAnswer) as broken:
        return classify(broken)


def _too_deep(raw: str) -> dict[str, Any]:
    """A line that nests too deeply to be read, so that it still belongs to its request."""
    named = _CUSTOM_ID.search(raw)
    if named is None:
        return {}
    return {
        "custom_id": named.group(1),
        "response": {"status_code": 200, _SPOILED: redact_answer(clean(raw))[:KEPT_CHARACTERS]},
    }
