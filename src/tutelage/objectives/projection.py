"""Losses of logits = states·projectionᵀ + bias, without ever holding all the logits.

Value and gradient are computed together, chunk by chunk, in the forward pass; nothing is computed for padding. On a
small student the projection is most of the step's time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from tutelage.core.training import IGNORED

Kernel = Callable[[Tensor, Tensor], Tensor]
"""(logits [n, V], gold [n]) → losses [n] in nats; the logits are overwritten with the gradients of their losses.

One chunk of rows may hold several kinds of loss, each in a slice of it: splitting it would cost a product more.
"""


def projected_sum(
    student_states: Tensor,
    projection: Tensor,
    labels: Tensor,
    *,
    kernels: Sequence[Kernel],
    choice: Tensor | None = None,
    bias: Tensor | None = None,
    weights: Tensor | None = None,
    chunk_tokens: int = 256,
    compute_dtype: torch.dtype | None = None,
) -> Tensor:
    """The sum of the supervised positions' losses (scalar, at least float32).

    `student_states` [B, T, D], `projection` [V, D], `bias` [V], `labels` [B, T]; `choice` [B, T] says which of the
    `kernels` gives a position's loss (`None`: the first); `weights` scales the loss of each sequence [B] or token
    [B, T]. `compute_dtype` is that of the matrix products (`None`: that of the states).
    No gradient goes to `bias` and `weights`: the families' output bias is a constant.
    """
    if not torch.is_grad_enabled():  # spares the gradients, which are computed with the value
        student_states, projection = student_states.detach(), projection.detach()
    members = _positions(labels, choice, kinds=len(kernels))
    positions = torch.cat(members)
    states = student_states.reshape(-1, student_states.shape[-1]).index_select(0, positions)
    if weights is not None:
        each = weights[:, None].expand_as(labels) if weights.dim() == 1 else weights
        weights = each.reshape(-1)[positions]
    loss: Tensor = _ProjectedSum.apply(  # type: ignore[no-untyped-call]
        states, projection, bias, labels.reshape(-1)[positions], weights,
        tuple(zip(kernels, map(len, members), strict=True)), chunk_tokens, compute_dtype or student_states.dtype,
    )  # fmt: skip
    return loss


def accurate(dtype: torch.dtype) -> torch.dtype:
    """Where sums and exponentials are taken: float32, or float64 for float64."""
    return torch.promote_types(dtype, torch.float32)


def log_softmax(states: Tensor, matrix: Tensor, bias: Tensor | None) -> Tensor:
    """Log p [n, V] (at least float32) of `states` [n, D] by `matrix` [V, D], in their dtype under autocast too."""
    with torch.autocast(states.device.type, enabled=False):
        logits = torch.mm(states, matrix.t()).to(accurate(states.dtype))
    return torch.log_softmax(logits if bias is None else logits + bias, dim=1)


def _positions(labels: Tensor, choice: Tensor | None, *, kinds: int) -> list[Tensor]:
    """Supervised positions of the flat labels, by the kind of their loss."""
    supervised = labels.reshape(-1) != IGNORED
    if choice is None:
        return [supervised.nonzero()[:, 0], *[supervised.new_empty(0, dtype=torch.long)] * (kinds - 1)]
    kind_of = choice.reshape(-1)
    return [(supervised & (kind_of == kind)).nonzero()[:, 0] for kind in range(kinds)]


def _losses_into_gradients(logits: Tensor, gold: Tensor, *, kinds: Sequence[tuple[Kernel, int]], start: int) -> Tensor:
    """The losses of the rows from `start` on, each by the kernel of its kind, which overwrites its logits."""
    parts, first = [], -start
    for kernel, count in kinds:
        rows = slice(max(first, 0), max(first + count, 0))
        if len(gold[rows]):
            parts.append(kernel(logits[rows], gold[rows]))
        first += count
    return parts[0] if len(parts) == 1 else torch.cat(parts)


class _ProjectedSum(torch.autograd.Function):
    """Value and gradient together, chunk by chunk; backward only scales."""

    @staticmethod
    def forward(
        ctx: Any,
        states: Tensor,
        projection: Tensor,
        bias: Tensor | None,
        gold: Tensor,
        token_weights: Tensor | None,
        kinds: Sequence[tuple[Kernel, int]],
        chunk_tokens: int,
        dtype: torch.dtype,
    ) -> Tensor:
        states_wanted, projection_wanted = ctx.needs_input_grad[:2]
        matrix, sum_dtype = projection.detach().to(dtype), accurate(dtype)
        states_gradient = torch.empty_like(states)
        projection_gradient = torch.zeros_like(projection, dtype=sum_dtype) if projection_wanted else None
        total = states.new_zeros((), dtype=sum_dtype)
        for start in range(0, len(gold), chunk_tokens):
            rows = slice(start, start + chunk_tokens)
            chunk = states[rows].detach().to(dtype)
            logits = torch.mm(chunk, matrix.t()).to(sum_dtype)
            if bias is not None:
                logits += bias
            losses = _losses_into_gradients(logits, gold[rows], kinds=kinds, start=start)
            if token_weights is not None:
                scale = token_weights[rows].to(sum_dtype)
                losses = losses * scale
                logits.mul_(scale[:, None])
            total += losses.sum()
            gradient = logits.to(dtype)
            if states_wanted:
                states_gradient[rows] = torch.mm(gradient, matrix)
            if projection_gradient is not None:
                projection_gradient += torch.mm(gradient.t(), chunk)
        ctx.projection_dtype = projection.dtype
        ctx.save_for_backward(states_gradient, projection_gradient)
        return total

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor | None, ...]:
        states_gradient, projection_gradient = ctx.saved_tensors
        to_projection = (
            None if projection_gradient is None else (projection_gradient * upstream[0]).to(ctx.projection_dtype)
        )
        return (states_gradient * upstream[0], to_projection, None, None, None, None, None, None)
