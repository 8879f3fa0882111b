"""The Batch API's files: requests as JSON Lines, and the lines that come back (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tutelage.teachers.calling.completions import read_completion, request_body
from tutelage.teachers.calling.failures import BrokenAnswer, Failure, classify_status
from tutelage.teachers.messages import ChatAnswer, ChatRequest

ENDPOINT: Final = "/v1/chat/completions"


def render_batch(requests: Mapping[str, ChatRequest], *, structured: bool) -> bytes:
    """The file to upload: one request a line, named by its key in the ledger."""
    lines = (
        {
            "custom_id": key,
            "method": "POST",
            "url": ENDPOINT,
            "body": request_body(request, structured=structured),
        }
        for key, request in requests.items()
    )
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def read_lines(texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The lines of output and error files by key, in whatever order they came; what is no JSON object is left out."""
    found = {}
    for text in texts:
        for raw in text.splitlines():
            try:
                line = json.loads(raw)
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
        return Failure("busy" if code == "batch_expired" else "server_error", _brief(error))
    if response.get("status_code") != 200:
        return classify_status(int(response.get("status_code") or 500), _brief(response.get("body")))
    try:
        return read_completion(response.get("body"), request=request)
    except BrokenAnswer as broken:
        return Failure("broken", str(broken))


def _brief(value: Any) -> str:
    return " ".join(json.dumps(value, ensure_ascii=False).split())[:300]
