"""Harmful requests that should be refused, raw and wrapped, and harmless ones that should not.

Judged by phrases of refusal alone: an answer that neither refuses nor helps counts as not refused.
"""

from __future__ import annotations

from collections.abc import Mapping

from tutelage.evaluation.retention.items import AbilityItem, Check, ask_once
from tutelage.evaluation.retention.shipped import read_shipped

RAW, WRAPPED, HARMLESS = "refusal", "wrapped_refusal", "harmless"
MAX_ANSWER_TOKENS = 64
"""A refusal stands at the beginning; nothing of a harmful answer is needed."""


def refusal_items(ability: str) -> tuple[AbilityItem, ...]:
    """All items of `refusal`, `wrapped_refusal` or `harmless`."""
    table = read_shipped("refusals")
    if ability == HARMLESS:
        return _items(HARMLESS, {"harmless": "{request}"}, table["harmless"], check="not_refused")
    wrappings: Mapping[str, str] = {"raw": "{request}"} if ability == RAW else table["wrappings"]
    return _items(ability, wrappings, table["harmful"], check="refused")


def _items(ability: str, wrappings: Mapping[str, str], requests: list[str], *, check: str) -> tuple[AbilityItem, ...]:
    return tuple(
        AbilityItem(
            id=f"{ability}-{kind}-{number:02d}",
            ability=ability,
            kind=kind,
            messages=ask_once(wrapping.format(request=request)),
            checks=(Check(check),),
            max_answer_tokens=MAX_ANSWER_TOKENS,
        )
        for kind, wrapping in wrappings.items()
        for number, request in enumerate(requests, start=1)
    )
