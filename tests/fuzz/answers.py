"""Bodies of answers, streamed and not, damaged by bytes and by JSON: each is an answer, a spoiled one or a failure.

A body goes through everything that a teacher's does: the reader of bodies, piece by piece, the reader of completions,
the parser with a role's schema, and what the ledger keeps.
"""

from __future__ import annotations

import json
import random
from copy import deepcopy
from typing import Any

from fuzz.driver import Target
from scripted.wire import Completion
from tutelage.labelling.roles.feedback_answer import FeedbackAnswer
from tutelage.teachers.batches.files import read_line, read_lines
from tutelage.teachers.calling.completions import read_completion
from tutelage.teachers.calling.diagnosis import classify
from tutelage.teachers.calling.failures import BrokenAnswer, ErrorAnswer
from tutelage.teachers.calling.limits import SpoiledAnswer, is_text, most_bytes
from tutelage.teachers.calling.parsing import parse_answer
from tutelage.teachers.calling.stream import AnswerBody
from tutelage.teachers.messages import ChatRequest, Message

REQUEST = ChatRequest("m", (Message("user", "a question"),), 0.0, 200)
ERROR = {
    "source_quote": "a printer", "target_quote": "um impressor", "explanation": "wrong",
    "category": "terminology/wrong-term", "severity": "major", "correction": "uma impressora",
}  # fmt: skip
ANSWERS = (
    json.dumps({"errors": [ERROR], "has_error": True, "post_edit": "Escolha uma impressora 🙂."}, ensure_ascii=False),
    json.dumps({"errors": [], "has_error": False, "post_edit": None}),
    "Sure!\n```json\n{'errors': [], 'has_error': false, 'post_edit': null,}\n```",
)
ODD = (
    "\x00", "\ud800", "\udc00", "\ufffd", "\ufeff", "\u2028", "\\ud800", "\\u0000", "{" * 3000, "[" * 3000,
    '{"a":' * 3000, "}" * 50, '"', "\\", "9" * 5000, "1e999", "NaN", "null", "\n", "\r\n\r\n", "data: ", "[DONE]", "🙂",
    "x" * 70_000,
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, True, -1, 10**30, 1.5, "", "500", [], {}, [[]], {"message": "no"}, [None], "text", {"content": 3},
    {"prompt_tokens": "3"}, [{"delta": None}], [{"index": "0", "delta": []}], [3],
)  # fmt: skip


def make_target() -> Target:
    """The target; its inputs are bodies as they come over the wire."""
    return Target("answers", ".body", _mutate, attempt)


def attempt(body: bytes) -> None:
    """Read the body as an answer, whole and in pieces, and as a line of a batch."""
    for size in (len(body) + 1, 7):
        read(body, size=size)
    key = '{"custom_id": "k", "response": {"status_code": 200, "body": '
    for line in read_lines([key + body.decode(errors="replace") + "}}"]).values():
        read_line(line, request=REQUEST)


def read(body: bytes, *, size: int) -> str | None:
    """The text of the answer that comes in pieces of `size` bytes; None of a failure or a spoiled answer."""
    reader = AnswerBody(most_bytes=most_bytes(REQUEST.max_tokens))
    try:
        for start in range(0, len(body), size):
            reader.feed(body[start : start + size])
        answer = read_completion(reader.completion(), request=REQUEST)
    except (BrokenAnswer, ErrorAnswer) as error:
        classify(error).text.encode()
        return None
    except SpoiledAnswer as spoiled:
        spoiled.start.encode()
        return None
    answer.text.encode()
    parsed = parse_answer(answer.text, schema=FeedbackAnswer, truncated=answer.truncated)
    parsed.problem.encode()
    if parsed.value is not None and not is_text(parsed.value.model_dump()):
        raise ValueError("a usable answer that is no text")
    return answer.text


def _mutate(rng: random.Random) -> bytes:
    text = rng.choice(ANSWERS)
    for _ in range(rng.choice((0, 0, 1, 3))):
        text = _insert(text, rng.choice(ODD), rng)
    completion = Completion("m", text, rng.choice(("stop", "length", "")), {"prompt_tokens": 5, "completion_tokens": 9})
    values = _events(completion, rng) if rng.random() < 0.6 else [completion.as_json()]
    for _ in range(rng.choice((0, 1, 2))):
        _change(rng.choice(values), rng)
    streamed = len(values) > 1
    parts = [json.dumps(value).encode() for value in values]
    body = b"".join(b"data: " + part + b"\n\n" for part in parts) + b"data: [DONE]\n\n" if streamed else parts[0]
    return _damage(body, rng)


def _events(completion: Completion, rng: random.Random) -> list[Any]:
    """The completion in a few pieces, cut anywhere."""
    text, chunks = completion.text, list[Any]()
    while text:
        size = rng.randint(1, len(text))
        chunks.append({"choices": [{"index": 0, "delta": {"content": text[:size]}, "finish_reason": None}]})
        text = text[size:]
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": completion.finish_reason}]}
    return [*chunks, last, {"choices": [], "usage": completion.usage}]


def _change(value: Any, rng: random.Random) -> None:
    """Put an odd value somewhere, or take something away."""
    while isinstance(value, dict | list) and value:
        place: Any = rng.choice(list(value)) if isinstance(value, dict) else rng.randrange(len(value))
        inner = value[place]
        if rng.random() < 0.4 or not isinstance(inner, dict | list):
            if rng.random() < 0.2:
                del value[place]
            else:
                value[place] = deepcopy(rng.choice(ODD_VALUES))
            return
        value = inner


def _insert(text: str, odd: str, rng: random.Random) -> str:
    place = rng.randrange(len(text) + 1)
    return text[:place] + odd + text[place:]


def _damage(body: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.choice((0, 0, 1, 4))):
        place = rng.randrange(len(body) + 1)
        piece = rng.choice(
            (b"", b"\xff", b"\xc3", b"\x00", b"\n", b"\n\n", b"{", b'"', b"[" * 5000, bytes([rng.randrange(256)]))
        )
        body = body[:place] + piece + body[place + rng.choice((0, 1, 20)) :]
    return body[: rng.randrange(len(body) + 1)] if rng.random() < 0.2 else body
