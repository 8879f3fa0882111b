"""The objective that a family of students is trained with: its forward pass, then the loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from tutelage.core.training import IGNORED, Numerics
from tutelage.objectives.contrast import projected_contrast
from tutelage.students.causal_states import causal_states
from tutelage.students.families import CAUSAL, DecoderOutput, decode_states, shift_right

Objective = Callable[[Any, dict[str, Tensor]], Tensor]


def student_objective(family: str, *, label_smoothing: float, numerics: Numerics = "stable") -> Objective:
    """(model, batch) → the weighted sum of smoothed likelihood and, where the batch says so, of unlikelihood.

    True and conflicting samples share one forward pass. Smoothing is left out when the model is in eval mode.
    """

    def objective(model: Any, batch: dict[str, Tensor]) -> Tensor:
        output = _run_packed(model, batch) if family == CAUSAL else _run(model, batch, family=family)
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


def _run(model: Any, batch: dict[str, Tensor], *, family: str) -> DecoderOutput:
    labels = batch["labels"]
    padded = labels.masked_fill(labels == IGNORED, model.config.pad_token_id)
    inputs = {
        "input_ids": batch["input_ids"],
        "attention_mask": batch["attention_mask"],
        "decoder_input_ids": shift_right(padded, family=family, config=model.config),
    }
    return decode_states(model, inputs)


def _run_packed(model: Any, batch: dict[str, Tensor]) -> DecoderOutput:
    """Of packed rows, whose labels stand where they are predicted from."""
    return causal_states(model, batch["input_ids"], batch["position_ids"])


def _low_precision(labels: Tensor) -> Any:
    """The dtype of autocast where it is on."""
    import torch

    device = labels.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else None
