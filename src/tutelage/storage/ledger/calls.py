"""What the ledger keeps of a call, and what a run has spent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Any

from tutelage.core.signatures import canonical_json

ANSWERED = "ok"
"""Status of an answer that could be used; any other status names what was wrong with it."""


def call_key(*, model: str, parameters: Any, messages: Any, schema: Any = None) -> str:
    """The 40-digit hexadecimal key of a request: the same question to the same model has the same key."""
    asked = canonical_json([model, parameters, messages, schema])
    return hashlib.sha256(asked.encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Call:
    """One question to a teacher and its answer."""

    key: str
    role: str
    teacher: str
    prompt_version: str
    request: str
    """The question as JSON, for reading; the key identifies it."""
    answer: str | None
    status: str = ANSWERED
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    """In the currency of the teacher's prices; none is unknown, 0 is free."""
    worst_tokens: int = 0
    worst_cost: float | None = None
    """What the call was reserved for, counted against the budget where tokens or cost are unknown."""

    @property
    def budget_tokens(self) -> int:
        """Tokens that count against the budget."""
        if self.input_tokens is None or self.output_tokens is None:
            return self.worst_tokens
        return self.input_tokens + self.output_tokens

    @property
    def budget_cost(self) -> float:
        """Cost that counts against the budget."""
        return (self.worst_cost or 0.0) if self.cost is None else self.cost


CALL_COLUMNS = tuple(field.name for field in fields(Call))
"""The columns that hold a call, in the order of its fields."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A call with when and for what it was asked."""

    call: Call
    run: str
    step: str
    created: float
    """Seconds since 1970, UTC."""


@dataclass(frozen=True, slots=True)
class Spend:
    """What was used, summed by run, role and teacher or by other columns; those not summed by are empty."""

    run: str
    role: str
    teacher: str
    calls: int
    """Calls that were sent."""
    reused: int
    """Answers taken from the ledger instead."""
    input_tokens: int
    output_tokens: int
    """Tokens of the calls that told them."""
    cost: float
    """Sum of the known costs."""
    unknown_cost_calls: int
    """Calls whose cost is not in `cost`."""
    unusable: int
    """Answers that could not be used, by their status."""
    step: str = ""
    day: str = ""
    """`2026-01-31`, UTC; empty too for what older ledgers did not date."""
