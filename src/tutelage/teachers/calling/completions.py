"""The wire format: a request as the body that is sent, and what comes back as an answer (pure)."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import Any

from tutelage.core.secrets import redact_answer
from tutelage.teachers.calling.failures import BrokenAnswer, ErrorAnswer
from tutelage.teachers.calling.limits import KEPT_CHARACTERS, MOST_CHARACTERS, clean
from tutelage.teachers.calling.parsing import is_thinking
from tutelage.teachers.calling.statuses import OVERLONG
from tutelage.teachers.calling.usage import read_usage
from tutelage.teachers.calling.words import show
from tutelage.teachers.dialects import Dialect, Stream
from tutelage.teachers.messages import ChatAnswer, ChatRequest, Message, describe_schema

_THOUGHTS = ("reasoning_content", "reasoning", "thinking")
"""Fields of a message in which servers send what a model thought."""
_STREAM_FIELDS: dict[Stream, dict[str, Any]] = {
    "with_usage": {"stream": True, "stream_options": {"include_usage": True}},
    "plain": {"stream": True},
    "none": {},
}


def request_body(request: ChatRequest, *, dialect: Dialect) -> dict[str, Any]:
    """What is posted to `/chat/completions`; without structured output the schema is told in words."""
    messages, parameters = request.messages, request.parameters
    limit = parameters.pop("max_tokens")
    left_out = {name for name in ("temperature", "seed") if not getattr(dialect, name)}
    body = {"model": request.model, **{name: value for name, value in parameters.items() if name not in left_out}}
    body |= {dialect.token_limit: limit, **_STREAM_FIELDS[dialect.stream]}
    if request.schema and dialect.structured:
        body["response_format"] = _response_format(request.schema)
    elif request.schema:
        messages = _with_instruction(messages, describe_schema(request.schema))
    return {**body, "messages": [{"role": message.role, "content": message.content} for message in messages]}


def read_completion(completion: Any, *, request: ChatRequest) -> ChatAnswer:
    """The answer in a completion; ErrorAnswer for an error in its place, BrokenAnswer for anything else."""
    if isinstance(completion, dict) and completion.get("error") and not completion.get("choices"):
        raise ErrorAnswer(completion["error"])
    try:
        choice = completion["choices"][0]
        message = choice["message"]
        text = _join_parts(message["content"])
        truncated = choice.get("finish_reason") == "length"
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        foreign = not isinstance(completion, dict) or "choices" not in completion
        raise BrokenAnswer(f"what it sent is no chat completion ({_shown(completion)})", foreign=foreign) from error
    if len(text) > MOST_CHARACTERS:
        answer = ChatAnswer(redact_answer(clean(text))[:KEPT_CHARACTERS], spoiled=OVERLONG)
    else:
        thought = truncated and _thought(message, text, completion.get("usage"))
        answer = ChatAnswer(redact_answer(clean(text)), truncated=truncated, thought=thought)
    return _with_usage(answer, completion.get("usage"), request=request)


def _join_parts(content: Any) -> str:
    """The text of an answer, which some servers send in parts, thoughts among them."""
    if content is None or isinstance(content, str):
        return content or ""
    parts = [part["text"] for part in content if part["type"] == "text"]
    if not all(isinstance(part, str) for part in parts):
        raise TypeError("the content is no text")
    return "".join(parts)


def _thought(message: dict[str, Any], text: str, usage: Any) -> bool:
    """Whether an answer that was cut off was, at least in part, thought before the answer proper."""
    if not text.strip() or any(message.get(name) for name in _THOUGHTS) or is_thinking(text):
        return True
    details = usage.get("completion_tokens_details") if isinstance(usage, dict) else None
    return isinstance(details, dict) and bool(details.get("reasoning_tokens"))


def _shown(value: Any) -> str:
    try:
        return show(json.dumps(value, ensure_ascii=False))
    except (ValueError, RecursionError):
        return type(value).__name__


def _with_usage(answer: ChatAnswer, told: Any, *, request: ChatRequest) -> ChatAnswer:
    """The token counts, if they can be true; both unknown otherwise, so that the worst case counts."""
    usage = read_usage(told, request=request, answer=answer.text)
    if usage is None:
        return answer
    return replace(answer, input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)


@lru_cache(maxsize=64)
def _response_format(schema: str) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": json.loads(schema)}}


def _with_instruction(messages: tuple[Message, ...], instruction: str) -> tuple[Message, ...]:
    """The instruction after the last user's turn, where small models still heed it."""
    last = messages[-1]
    return (*messages[:-1], replace(last, content=f"{last.content}\n\n{instruction}"))
