"""Running totals of one `ask`, for progress that is shown while it runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tutelage.storage.ledger import Call


@dataclass(slots=True)
class Tally:
    """Counts outcomes and what they used; written by the event loop, read by the asker."""

    answered: int = 0
    rejected: int = 0
    reused: int = 0
    """Answers taken from the ledger."""
    calls: int = 0
    tokens: int = 0
    """Of all calls; where a server does not tell them, the worst case."""
    cost: float | None = 0.0
    """Of all calls, the worst case where one is not known; none as soon as that is not known either."""
    input_tokens: int = 0
    """That the answers have taken, whenever they were asked: of calls that were sent and of those in the ledger."""
    output_tokens: int = 0

    def add(self, call: Call) -> None:
        """One call that was sent and recorded."""
        self.calls += 1
        self.tokens += call.budget_tokens
        known = call.cost is not None or call.worst_cost is not None
        self.cost = self.cost + call.budget_cost if known and self.cost is not None else None
        self._use(call)

    def reuse(self, call: Call | None) -> None:
        """One answer that was not asked for again: a recorded call, or none for one that is in flight already."""
        self.reused += 1
        if call is not None:
            self._use(call)

    @property
    def figures(self) -> dict[str, float]:
        """What `Progress.advance` takes: tokens of calls that were sent; money that is not known is not a number."""
        cost = math.nan if self.cost is None else self.cost
        return {"replayed": self.reused, "rejected": self.rejected, "tokens": self.tokens, "cost": cost}

    def _use(self, call: Call) -> None:
        self.input_tokens += call.input_tokens or 0
        self.output_tokens += call.output_tokens or 0
