"""Mischief: everything that goes wrong with real servers, by share and seed, counted.

    mischief = Mischief(shares={"busy": 0.05, "drop": 0.01, "truncated": 0.02}, seed=1)
    with ScriptedLlm(script, misbehave=mischief) as llm:
        ...
    mischief.done["drop"]

Which request meets with what follows from the seed and the number of the request alone.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scripted.misbehaviour import Misbehaviour
from scripted.questions import read_question
from scripted.rewriting import (
    add_prose,
    change_language,
    change_schema,
    cut_short,
    falsify_quotes,
    obey,
    say_nothing,
)
from tutelage.core.errors import UsageError, did_you_mean

BUSY = '{"error": {"message": "rate limit reached", "type": "rate_limit_error"}}'
BROKEN = '{"error": {"message": "internal error", "type": "server_error"}}'
PLAIN: dict[str, Misbehaviour] = {
    "error": Misbehaviour(status=500, body=BROKEN),
    "overloaded": Misbehaviour(status=503, body=BROKEN),
    "drop": Misbehaviour(drop=True),
    "cut": Misbehaviour(cut=True),
    "html": Misbehaviour(status=200, body="<html><body>Bad gateway</body></html>"),
    "truncated": Misbehaviour(rewrite=cut_short, finish_reason="length"),
    "wrong_schema": Misbehaviour(rewrite=change_schema),
    "prose": Misbehaviour(rewrite=add_prose),
    "wrong_language": Misbehaviour(rewrite=change_language),
    "empty": Misbehaviour(rewrite=say_nothing),
    "false_quote": Misbehaviour(rewrite=falsify_quotes),
    "usage_missing": Misbehaviour(usage={}),
    "usage_negative": Misbehaviour(usage={"prompt_tokens": -500, "completion_tokens": -20, "total_tokens": -520}),
    "usage_absurd": Misbehaviour(usage={"prompt_tokens": 10**12, "completion_tokens": 10**12, "total_tokens": 7}),
}
"""Kinds that are the same whatever is asked."""
KINDS = ("busy", "busy_retry_after", "stall", "obeys", *PLAIN)
ONLY_FOR = {"false_quote": "feedback"}
"""Kinds that mean something in one role alone; in others nothing goes wrong."""
NO_ANSWER = frozenset({"busy", "busy_retry_after", "error", "overloaded", "drop", "cut", "html", "stall"})
"""Kinds after which the client has no completion."""


@dataclass(slots=True)
class Mischief:
    """What goes wrong with which request; to be given to `ScriptedLlm` as `misbehave`."""

    shares: Mapping[str, float]
    """Share of the requests by kind, one of KINDS; together at most 1."""
    seed: int = 0
    burst: int = 1
    """Requests turned away in a row once `busy` or `busy_retry_after` begins."""
    sustained: tuple[range, ...] = ()
    """Requests by number that are turned away, as by a server that is busy for long."""
    retry_after: str = "0.05"
    """Seconds, or a date, as the header has it."""
    stall_seconds: float = 60.0
    done: Counter[str] = field(default_factory=Counter)
    """How often each kind was done."""
    numbers: dict[int, str] = field(default_factory=dict)
    """What was done to which request."""
    quick = True
    _turned_away: int = 0
    _burst_kind: str = "busy"

    def __post_init__(self) -> None:
        for kind in self.shares:
            if kind not in KINDS:
                raise UsageError(f"no misbehaviour is called '{kind}'.", fix=did_you_mean(kind, KINDS))
        if sum(self.shares.values()) > 1 + 1e-9:
            raise UsageError("the shares of misbehaviours are more than 1 together.", fix="Lower them.")

    def __call__(self, number: int, body: dict[str, Any], /) -> Misbehaviour | None:
        kind = self._choose(number)
        if kind is None or (kind in ONLY_FOR and read_question(body).role != ONLY_FOR[kind]):
            return None
        self.done[kind] += 1
        self.numbers[number] = kind
        return self._make(kind, body)

    def _choose(self, number: int) -> str | None:
        if any(number in numbers for numbers in self.sustained):
            return "busy"
        if self._turned_away:
            self._turned_away -= 1
            return self._burst_kind
        kind = self._draw(number)
        if kind in {"busy", "busy_retry_after"}:
            self._burst_kind, self._turned_away = kind, self.burst - 1
        return kind

    def _draw(self, number: int) -> str | None:
        left = random.Random(f"{self.seed}:{number}").random()
        for kind, share in self.shares.items():
            left -= share
            if left < 0:
                return kind
        return None

    def _make(self, kind: str, body: dict[str, Any]) -> Misbehaviour:
        if kind == "busy":
            return Misbehaviour(status=429, body=BUSY)
        if kind == "busy_retry_after":
            return Misbehaviour(status=429, body=BUSY, retry_after=self.retry_after)
        if kind == "stall":
            return Misbehaviour(sleep_seconds=self.stall_seconds)
        if kind == "obeys":
            parts = read_question(body).parts.values()
            return Misbehaviour(rewrite=obey("\n".join(parts)))
        return PLAIN[kind]
