"""A budget as a hard stop: a call's worst case is reserved before it is sent."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from tutelage.core.errors import BudgetError, UsageError


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that one run may use; none is without limit."""

    calls: int | None = None
    tokens: int | None = None
    cost: float | None = None
    """In the currency of the teacher's prices."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a call about to be sent may use at worst."""

    calls: int = 1
    tokens: int = 0
    cost: float | None = None


class Meter:
    """Counts what a run has spent and reserved; thread-safe, no disk."""

    def __init__(self, budget: Budget, *, calls: int = 0, tokens: int = 0, cost: float = 0.0) -> None:
        self._budget, self._lock = budget, threading.Lock()
        self._spent_calls, self._spent_tokens, self._spent_cost = calls, tokens, cost
        self._reserved_calls, self._reserved_tokens, self._reserved_cost = 0, 0, 0.0

    def reserve(self, *, calls: int = 1, tokens: int = 0, cost: float | None = None) -> Reservation:
        """Room for a call; BudgetError where its worst case no longer fits, UsageError where its price is unknown."""
        if self._budget.cost is not None and cost is None:
            raise UsageError(
                "the budget limits the cost, but the teacher has no prices.",
                fix="Give its input_price and output_price (per million tokens; 0 if free), or limit calls or tokens.",
            )
        with self._lock:
            self._check("calls", self._budget.calls, self._spent_calls, self._reserved_calls, calls)
            self._check("tokens", self._budget.tokens, self._spent_tokens, self._reserved_tokens, tokens)
            self._check("cost", self._budget.cost, self._spent_cost, self._reserved_cost, cost or 0.0)
            self._reserved_calls += calls
            self._reserved_tokens += tokens
            self._reserved_cost += cost or 0.0
        return Reservation(calls=calls, tokens=tokens, cost=cost)

    def release(self, reservation: Reservation) -> None:
        """The call was not sent, or its real use is settled instead."""
        with self._lock:
            self._reserved_calls -= reservation.calls
            self._reserved_tokens -= reservation.tokens
            self._reserved_cost -= reservation.cost or 0.0

    def settle(self, *, calls: int, tokens: int, cost: float) -> None:
        """Count what was really used."""
        with self._lock:
            self._spent_calls += calls
            self._spent_tokens += tokens
            self._spent_cost += cost

    @staticmethod
    def _check(noun: str, limit: float | None, spent: float, reserved: float, wanted: float) -> None:
        # 1e-9: sums of prices such as 0.1 + 0.2 must not overrun a budget of 0.3
        if limit is None or spent + reserved + wanted <= limit + 1e-9:
            return
        in_flight = f", {reserved:.6g} in flight" if reserved else ""
        raise BudgetError(
            f"the budget of {limit:.6g} {noun} is reached ({spent:.6g} spent{in_flight}; "
            f"the next call may need {wanted:.6g}), so it was not sent.",
            fix="All answers so far are kept. Raise the budget and run the same command again to go on.",
        )
