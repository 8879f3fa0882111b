"""The objective inside the model's own forward call.

What averages gradients over processes (DDP, FSDP) wraps a model and must see the call; objectives want the decoder's
states, and not the logits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor

Objective = Callable[[Any, dict[str, Tensor]], Tensor]
"""(model, batch) → the sum over the batch's supervised tokens of weight × loss, in nats."""


@contextmanager
def objective_forward(model: Any, objective: Objective) -> Iterator[None]:
    """A block in which `model(objective_batch=batch)` is the objective of the batch; other calls stay the model's."""
    plain = model.forward

    def forward(*arguments: Any, objective_batch: dict[str, Tensor] | None = None, **named: Any) -> Any:
        if objective_batch is None:
            return plain(*arguments, **named)
        return objective(model, objective_batch)

    own = model.__dict__.get("forward")
    model.forward = forward
    try:
        yield
    finally:
        del model.forward
        if own is not None:
            model.forward = own
