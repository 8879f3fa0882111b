"""The token counts that a server tells, if they can be true (pure).

A count is believed between two bounds that need no tokeniser: the reservation, which a byte-level vocabulary cannot
pass, and a sixteenth of the text's bytes, which no vocabulary comes near on text that people write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeGuard

from tutelage.teachers.messages import ChatRequest

BYTES_PER_TOKEN = 16
"""More than any vocabulary averages on written text: known ones come to 4 or 5 on English, to 12 on scripts of three
bytes a letter. Runs of one letter may have more; they then count as the worst case."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call."""

    input_tokens: int
    output_tokens: int


def read_usage(told: Any, *, request: ChatRequest, answer: str) -> Usage | None:
    """What a completion's `usage` says, or `None` if that cannot be true: then the worst case counts."""
    if not isinstance(told, dict):
        return None
    asked, answered = told.get("prompt_tokens"), told.get("completion_tokens")
    least_asked = max(1, _fewest(*(message.content for message in request.messages)))
    least_answered = max(1, _fewest(answer)) if answer else 0
    if not _is_count(asked, least=least_asked, most=request.worst_input_tokens):
        return None
    answered = _with_hidden(answered, asked=asked, total=told.get("total_tokens"))
    if not _is_count(answered, least=least_answered, most=request.max_tokens):
        return None
    return Usage(asked, answered)


def _with_hidden(answered: Any, *, asked: int, total: Any) -> Any:
    """Output tokens with those of a hidden rationale, which some servers tell in the total alone and bill."""
    if type(answered) is int and type(total) is int and answered >= 0:
        return max(answered, total - asked)
    return answered


def _fewest(*texts: str) -> int:
    return sum(len(text.encode(errors="replace")) for text in texts) // BYTES_PER_TOKEN


def _is_count(value: Any, *, least: int, most: int) -> TypeGuard[int]:
    return type(value) is int and least <= value <= most  # a bool is an int too
