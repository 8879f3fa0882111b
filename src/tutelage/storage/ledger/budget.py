"""A budget as a hard stop: a call's worst case is reserved before it is sent."""

from __future__ import annotations

from dataclasses import dataclass

from tutelage.core.errors import BudgetError, UsageError

SLACK = 1e-9
"""How far a cost may pass its limit: sums of prices such as 0.1 + 0.2 must not overrun a budget of 0.3."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that one run may use; none is without limit."""

    calls: int | None = None
    tokens: int | None = None
    cost: float | None = None
    """In the currency of the teacher's prices."""

    @property
    def limited(self) -> bool:
        """Whether anything is limited."""
        return (self.calls, self.tokens, self.cost) != (None, None, None)


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a call about to be sent may use at worst."""

    calls: int = 1
    tokens: int = 0
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What a run has used of its budget, and what is reserved for calls in flight.

    A process that is killed leaves what it had reserved: the calls may have reached the teacher, and may be billed.
    """

    calls: int = 0
    tokens: int = 0
    cost: float = 0.0
    reserved_calls: int = 0
    reserved_tokens: int = 0
    reserved_cost: float = 0.0


def require_price(budget: Budget, reservation: Reservation) -> None:
    """UsageError if the budget limits a cost that is not known."""
    if budget.cost is not None and reservation.cost is None:
        raise UsageError(
            "the budget limits the cost, but the teacher has no prices.",
            fix="Give its input_price and output_price (per million tokens; 0 if free), or limit calls or tokens.",
        )


def refusal(budget: Budget, account: Account, reservation: Reservation) -> BudgetError | None:
    """Why a call does not fit; `None` if it does."""
    wanted = (
        ("calls", budget.calls, account.calls, account.reserved_calls, reservation.calls),
        ("tokens", budget.tokens, account.tokens, account.reserved_tokens, reservation.tokens),
        ("cost", budget.cost, account.cost, account.reserved_cost, reservation.cost or 0.0),
    )
    for noun, limit, spent, reserved, more in wanted:
        if limit is not None and spent + reserved + more > limit + SLACK:
            return _refuse(noun, limit=limit, spent=spent, reserved=reserved, more=more)
    return None


def _refuse(noun: str, *, limit: float, spent: float, reserved: float, more: float) -> BudgetError:
    # sums of prices leave crumbs that are no call
    in_flight = f", {reserved:.6g} reserved for calls in flight or cut off by a kill" if reserved > SLACK else ""
    return BudgetError(
        f"the budget of {limit:.6g} {noun} is reached ({spent:.6g} spent{in_flight}; "
        f"the next call may need {more:.6g}), so it was not sent.",
        fix="All answers so far are kept. Raise the budget and run the same command again to go on.",
    )
