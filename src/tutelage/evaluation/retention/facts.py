"""Short questions of undisputed facts: capitals, elements, numbers, simple science."""

from __future__ import annotations

from tutelage.evaluation.retention.items import AbilityItem, Check, ask_once
from tutelage.evaluation.retention.shipped import read_shipped

ABILITY = "facts"
MAX_ANSWER_TOKENS = 48


def fact_items() -> tuple[AbilityItem, ...]:
    """All items; an answer passes that holds one of the accepted answers."""
    table = read_shipped("facts")
    return tuple(
        AbilityItem(
            id=f"{ABILITY}-{kind}-{number:02d}",
            ability=ABILITY,
            kind=kind,
            messages=ask_once(table["asking"].format(question=question)),
            checks=(Check("mentions", {"accepted": tuple(accepted)}),),
            max_answer_tokens=MAX_ANSWER_TOKENS,
        )
        for kind, rows in table["questions"].items()
        for number, (question, *accepted) in enumerate(rows, start=1)
    )
