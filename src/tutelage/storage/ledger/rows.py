"""Calls as rows for the database, and the sums that are kept with them; pure."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from tutelage.storage.ledger.budget import Reservation
from tutelage.storage.ledger.calls import ANSWERED, CALL_COLUMNS, Call, Entry, Spend

_MOST_TOKENS = 2**53
"""No answer is longer; a server that tells such a figure has told none."""


def sound_call(call: Call) -> Call:
    """The call as a database can hold it: no NUL or half characters, no impossible figures."""
    told = (call.input_tokens, call.output_tokens)
    input_tokens, output_tokens = map(_plausible, told)
    return replace(
        call,
        request=storable(call.request),
        answer=None if call.answer is None else storable(call.answer),
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        # a cost was reckoned from the figures
        cost=call.cost if (input_tokens, output_tokens) == told else None,
    )


def storable(text: str) -> str:
    """The text with U+FFFD for NUL, which PostgreSQL refuses, and for half surrogate pairs, which UTF-8 does."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in text)
    return text


def call_rows(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """The rows of `calls`, sorted by key, so that processes which write the same keys lock them in the same order."""
    return sorted((_call_row(entry) for entry in entries), key=lambda row: str(row["key"]))


def _call_row(entry: Entry) -> dict[str, Any]:
    row = {name: getattr(entry.call, name) for name in CALL_COLUMNS}
    return row | {"run": entry.run, "step": entry.step, "created": entry.created, "day": day_of(entry.created)}


def spending_rows(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """What the entries add to `spending`: one row for each run, step, role, teacher and day, sorted."""
    groups: dict[tuple[str, ...], list[Call]] = defaultdict(list)
    for entry in entries:
        call = entry.call
        groups[entry.run, entry.step, call.role, call.teacher, day_of(entry.created)].append(call)
    # sorted, so that processes which write several rows at a time lock them in the same order
    return [_spending_row(key, groups[key]) for key in sorted(groups)]


def reuse_row(calls: int, *, run: str, step: str, role: str, teacher: str, now: float) -> dict[str, Any]:
    """What answers taken from the ledger add to `spending`."""
    return _spending_row((run, step, role, teacher, day_of(now)), []) | {"reused": calls}


def restated_row(run: str, step: str, role: str, teacher: str, day: str, *, old: str, new: str) -> dict[str, Any]:
    """What a recorded answer adds to `spending` when its status changes."""
    unusable = (new != ANSWERED) - (old != ANSWERED)
    return _spending_row((run, step, role, teacher, day), []) | {"unusable": unusable}


def read_spend(by: Sequence[str], row: Sequence[Any]) -> Spend:
    """The sums of a row that begins with the columns of `by`."""
    texts = {"run": "", "role": "", "teacher": "", **dict(zip(by, row, strict=False))}
    calls, reused, input_tokens, output_tokens, cost, unknown_cost, unusable = row[len(by) :]
    # PostgreSQL adds integers up to decimals
    return Spend(
        **texts,
        calls=int(calls),
        reused=int(reused),
        input_tokens=int(input_tokens),
        output_tokens=int(output_tokens),
        cost=float(cost),
        unknown_cost_calls=int(unknown_cost),
        unusable=int(unusable),
    )


def read_entry(row: Sequence[Any]) -> Entry:
    """The entry of a row that begins with a call, run, step and time."""
    end = len(CALL_COLUMNS)
    run, step, created = row[end : end + 3]
    return Entry(Call(*row[:end]), run, step, created)


def account_row(run: str, calls: Sequence[Call], *, settled: Iterable[Reservation]) -> dict[str, Any]:
    """What the calls add to their run's account, less what was reserved for them."""
    settled = list(settled)
    return {
        "run": run,
        "calls": len(calls),
        "tokens": sum(call.budget_tokens for call in calls),
        "cost": sum(call.budget_cost for call in calls),
        "reserved_calls": -sum(one.calls for one in settled),
        "reserved_tokens": -sum(one.tokens for one in settled),
        "reserved_cost": -sum(one.cost or 0.0 for one in settled),
    }


def day_of(seconds: float) -> str:
    """`2026-01-31`, in UTC."""
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))


def _spending_row(key: tuple[str, ...], calls: Sequence[Call]) -> dict[str, Any]:
    return {
        **dict(zip(("run", "step", "role", "teacher", "day"), key, strict=True)),
        "calls": len(calls),
        "reused": 0,
        "input_tokens": sum(call.input_tokens or 0 for call in calls),
        "output_tokens": sum(call.output_tokens or 0 for call in calls),
        "cost": sum(call.cost or 0.0 for call in calls),
        "unknown_cost": sum(call.cost is None for call in calls),
        "unusable": sum(call.status != ANSWERED for call in calls),
    }


def _plausible(tokens: int | None) -> int | None:
    return tokens if tokens is not None and 0 <= tokens <= _MOST_TOKENS else None
