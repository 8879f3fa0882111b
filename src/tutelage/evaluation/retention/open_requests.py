"""Open requests without a right answer, whose answers a judge compares in pairs."""

from __future__ import annotations

from tutelage.evaluation.retention.items import AbilityItem, ask_once
from tutelage.evaluation.retention.shipped import read_shipped

ABILITY = "open"
MAX_ANSWER_TOKENS = 256


def open_items(*, limit: int | None = None) -> tuple[AbilityItem, ...]:
    """The first `limit` requests, or all; any answer that is not empty passes."""
    requests: list[str] = read_shipped("open")["requests"]
    return tuple(
        AbilityItem(f"{ABILITY}-{number:02d}", ABILITY, ABILITY, ask_once(request), (), MAX_ANSWER_TOKENS)
        for number, request in enumerate(requests[:limit], start=1)
    )


def criterion() -> str:
    """What makes one answer better, as a clause for the judge."""
    return str(read_shipped("open")["criterion"])
