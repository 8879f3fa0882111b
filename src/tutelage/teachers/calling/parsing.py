"""The text of an answer to a value of the role's schema, or why not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """`value` is an instance of the schema, or none, and then `problem` says why."""

    value: Any
    problem: str = ""


def parse_answer(text: str, *, schema: type[BaseModel], truncated: bool = False) -> ParsedAnswer:
    """The answer as an instance of `schema`; prose and fences around the JSON and small slips in it are forgiven.

    An answer cut off at the token limit is not completed by guess.
    """
    if not text.strip():
        return ParsedAnswer(None, "it is empty")
    try:
        return ParsedAnswer(schema.model_validate_json(text))
    except ValidationError as error:
        problem = describe_problem(error)
    if truncated:
        return ParsedAnswer(None, "it was cut off at the token limit; answer more briefly")
    repaired = _repair(text)
    if not isinstance(repaired, dict):
        return ParsedAnswer(None, "it is not a JSON object")
    try:
        return ParsedAnswer(schema.model_validate(repaired))
    except ValidationError as error:
        problem = describe_problem(error)
    return ParsedAnswer(None, problem)


def describe_problem(error: ValidationError) -> str:
    """At most three mistakes, each with the field it concerns."""
    lines = [
        f"{'.'.join(str(part) for part in mistake['loc']) or 'answer'}: {mistake['msg']}" for mistake in error.errors()
    ]
    return "; ".join(lines[:3])


def _repair(text: str) -> Any:
    import json_repair

    match = _OBJECT.search(text)
    return json_repair.loads(match.group() if match else text)
