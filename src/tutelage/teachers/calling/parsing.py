"""The text of an answer to a value of the role's schema, or why not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from tutelage.teachers.calling.limits import DAMAGED, clean, is_repairable, is_text
from tutelage.teachers.plain_text import PlainText, bare_text

_CUT_OFF = "it was cut off at the token limit; answer more briefly"
_NO_TEXT = "it holds bytes or characters that are no text"
_BEGINS = re.compile(r"\s*<(?:think|thinking|thought|reasoning)>")
_ENDS = re.compile(r"</(?:think|thinking|thought|reasoning)>")


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """`value` is an instance of the schema, or none, and then `problem` says why."""

    value: Any
    problem: str = ""


def parse_answer(text: str, *, schema: type[BaseModel], truncated: bool = False) -> ParsedAnswer:
    """The answer as an instance of `schema`; prose and fences around the JSON and small slips in it are forgiven.

    An answer cut off at the token limit is not completed by guess. Whatever the text is, this takes a moment only and
    raises nothing.
    """
    if not text.strip():
        return ParsedAnswer(None, "it is empty")
    if DAMAGED in text:
        return ParsedAnswer(None, _NO_TEXT)
    if issubclass(schema, PlainText):
        return _plain(text, schema=schema, truncated=truncated)
    try:
        return _checked(schema.model_validate_json(text))
    except ValidationError:
        if truncated:
            return ParsedAnswer(None, _CUT_OFF)
    repaired = _repair(without_thoughts(text))
    if not isinstance(repaired, dict):
        return ParsedAnswer(None, "it is not a JSON object")
    try:
        return _checked(schema.model_validate(repaired))
    except ValidationError as error:
        return ParsedAnswer(None, describe_problem(error))


def is_thinking(text: str) -> bool:
    """Whether the text is the thoughts of a model that has not come to its answer."""
    return _BEGINS.match(text) is not None and _ENDS.search(text) is None


def without_thoughts(text: str) -> str:
    """What follows the thoughts that a model writes before its answer; some templates leave out the opening mark."""
    ends = list(_ENDS.finditer(text))
    if ends and "{" in text[ends[-1].end() :]:
        return text[ends[-1].end() :]
    return "" if is_thinking(text) else text


def describe_problem(error: ValidationError) -> str:
    """At most three mistakes, each with the field it concerns, in at most 300 characters."""
    mistakes = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{'.'.join(str(part) for part in one['loc']) or 'answer'}: {one['msg']}" for one in mistakes[:3]]
    return clean("; ".join(lines))[:300]


def _plain(text: str, *, schema: type[PlainText], truncated: bool) -> ParsedAnswer:
    if truncated:
        return ParsedAnswer(None, _CUT_OFF)
    ends = list(_ENDS.finditer(text))
    spoken = text[ends[-1].end() :] if ends else "" if is_thinking(text) else text
    bare = bare_text(spoken)
    return _checked(schema(text=bare)) if bare else ParsedAnswer(None, "it is empty")


def _checked(answer: BaseModel) -> ParsedAnswer:
    return ParsedAnswer(answer) if is_text(answer.model_dump()) else ParsedAnswer(None, _NO_TEXT)


def _repair(text: str) -> Any:
    import json_repair

    start, end = text.find("{"), text.rfind("}")
    text = text[start : end + 1] if 0 <= start < end else text
    if not is_repairable(text):
        return None
    try:
        return json_repair.loads(text)
    except (ValueError, RecursionError):
        return None
