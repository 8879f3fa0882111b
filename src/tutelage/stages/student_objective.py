"""The objective that a kind of student is trained with: its forward pass, then the loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from tutelage.core.settings import CorrectionSettings
from tutelage.core.training import IGNORED, Numerics
from tutelage.objectives.contrast import projected_contrast
from tutelage.objectives.divergence import projected_divergence
from tutelage.objectives.preference import projected_preference
from tutelage.students.states import DecoderOutput

Forward = Callable[[Any, dict[str, Tensor]], DecoderOutput]
Objective = Callable[[Any, dict[str, Tensor]], Tensor]


def student_objective(
    states: Forward,
    *,
    label_smoothing: float,
    numerics: Numerics = "stable",
    corrections: CorrectionSettings | None = None,
    anchored: bool = False,
) -> Objective:
    """(model, batch) → the weighted sum of smoothed likelihood and, where the batch says so, of unlikelihood.

    True and conflicting samples share one forward pass. `corrections` may want a preference of the former over the
    latter instead. Smoothing is left out when the model is in eval mode. If it is `anchored`, the tokens of rationales
    give the divergence from the model without its adapter in place of their likelihood.
    """
    prefers = corrections is not None and corrections.prefers

    def objective(model: Any, batch: dict[str, Tensor]) -> Tensor:
        output = states(model, batch)
        labels, unlikely = batch["labels"], batch.get("unlikely")
        if prefers and unlikely is not None:
            labels, unlikely = labels.masked_fill(unlikely, IGNORED), None
        rationales = _rationales(model, batch) if anchored else None
        if rationales is not None:
            labels = labels.masked_fill(rationales, IGNORED)
        loss = projected_contrast(
            output.states,
            output.projection,
            labels,
            unlikely=unlikely,
            bias=output.bias,
            weights=batch["weights"],
            label_smoothing=label_smoothing if model.training else 0.0,
            numerics=numerics,
            compute_dtype=low_precision(labels),
        )
        if rationales is not None:
            loss = loss + projected_divergence(
                states_before(states, model, batch),
                output.states,
                output.projection,
                rationales,
                bias=output.bias,
                weights=batch["weights"],
                compute_dtype=low_precision(labels),
            )
        if corrections is None or not prefers or "pairs" not in batch:
            return loss
        return loss + _preference(output, batch, corrections)

    return objective


def _rationales(model: Any, batch: dict[str, Tensor]) -> Tensor | None:
    """Where the batch has rationales; None if it has none and nobody waits.

    Processes that hold a part each go through the model together: one without rationales must where others have some.
    """
    import torch
    from torch.distributed.fsdp import FSDPModule

    if "rationales" not in batch and isinstance(model, FSDPModule):
        return torch.zeros_like(batch["labels"], dtype=torch.bool)
    return batch.get("rationales")


def states_before(states: Forward, model: Any, batch: dict[str, Tensor]) -> Tensor:
    """The decoder's states of the model as it was, which is without its adapter and without dropout."""
    import torch

    was_training = model.training
    model.eval()
    try:
        with torch.no_grad(), model.disable_adapter():
            return states(model, batch).states
    finally:
        model.train(was_training)


def _preference(output: DecoderOutput, batch: dict[str, Tensor], corrections: CorrectionSettings) -> Tensor:
    """The sum over pairs.

    Each token of a conflicting sample bears the weight of its pair; those without any weight belong to neither side.
    """
    weights, pairs = batch["weights"], batch["pairs"]
    members = batch["members"].masked_fill(weights == 0, -1)
    counted = members >= 0
    of_sample = weights.new_zeros(int(pairs.max()) + 1).scatter_reduce(0, members[counted], weights[counted], "amax")
    return projected_preference(
        output.states,
        output.projection,
        batch["labels"],
        members=members,
        pairs=pairs,
        weights=of_sample[pairs[:, 1]],
        beta=corrections.scale,
        margin=corrections.margin,
        by_length=corrections.contrast == "simpo",
        bias=output.bias,
        compute_dtype=low_precision(batch["labels"]),
    )


def low_precision(labels: Tensor) -> Any:
    """The dtype of autocast where it is on."""
    import torch

    device = labels.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else None
