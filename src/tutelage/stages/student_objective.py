"""The objective that a kind of student is trained with: its forward pass, then the loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from tutelage.core.training import Numerics
from tutelage.objectives.contrast import projected_contrast
from tutelage.students.states import DecoderOutput

Forward = Callable[[Any, dict[str, Tensor]], DecoderOutput]
Objective = Callable[[Any, dict[str, Tensor]], Tensor]


def student_objective(states: Forward, *, label_smoothing: float, numerics: Numerics = "stable") -> Objective:
    """(model, batch) → the weighted sum of smoothed likelihood and, where the batch says so, of unlikelihood.

    True and conflicting samples share one forward pass. Smoothing is left out when the model is in eval mode.
    """

    def objective(model: Any, batch: dict[str, Tensor]) -> Tensor:
        output = states(model, batch)
        return projected_contrast(
            output.states,
            output.projection,
            batch["labels"],
            unlikely=batch.get("unlikely"),
            bias=output.bias,
            weights=batch["weights"],
            label_smoothing=label_smoothing if model.training else 0.0,
            numerics=numerics,
            compute_dtype=_low_precision(batch["labels"]),
        )

    return objective


def _low_precision(labels: Tensor) -> Any:
    """The dtype of autocast where it is on."""
    import torch

    device = labels.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else None
