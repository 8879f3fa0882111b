"""Likelihood with label smoothing: −log p(target), summed over supervised tokens.

Two forms with the same value and gradient. `likelihood` takes logits. `projected_likelihood` takes the
decoder's states and the output projection: it never holds the whole logits matrix, computes nothing for
padding, and writes the gradient in the forward pass, which on a small student is most of the step's time.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from tutelage.core.training import IGNORED


def likelihood(student_logits: Tensor, labels: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """The summed loss (scalar, nats, at least float32) of `student_logits` [..., V] on `labels` [...].

    Smoothing as Szegedy et al. 2016: (1−ε)·(−log p_y) + ε·mean over the vocabulary of −log p.
    A fully masked batch gives 0.
    """
    vocabulary = student_logits.shape[-1]
    return torch.nn.functional.cross_entropy(
        student_logits.reshape(-1, vocabulary).to(_accurate(student_logits.dtype)),
        labels.reshape(-1),
        ignore_index=IGNORED,
        label_smoothing=label_smoothing,
        reduction="sum",
    )


def projected_likelihood(
    student_states: Tensor,
    projection: Tensor,
    labels: Tensor,
    *,
    bias: Tensor | None = None,
    weights: Tensor | None = None,
    label_smoothing: float = 0.0,
    chunk_tokens: int = 256,
    compute_dtype: torch.dtype | None = None,
) -> Tensor:
    """`likelihood` of logits = states·projectionᵀ + bias, without ever holding them all.

    `student_states` [B, T, D], `projection` [V, D], `bias` [V], `labels` [B, T]; `weights` [B] scales the
    loss of each sequence. `compute_dtype` is that of the matrix products (none: that of the states).
    No gradient goes to `bias` and `weights`: the families' output bias is a constant.
    """
    if not torch.is_grad_enabled():  # spares the gradients, which are computed with the value
        student_states, projection = student_states.detach(), projection.detach()
    supervised = labels != IGNORED
    states, gold = student_states[supervised], labels[supervised]
    token_weights = None
    if weights is not None:
        token_weights = weights[:, None].expand_as(labels)[supervised]
    dtype = compute_dtype or student_states.dtype
    loss: Tensor = _ProjectedLikelihood.apply(  # type: ignore[no-untyped-call]
        states, projection, bias, gold, token_weights, label_smoothing, chunk_tokens, dtype
    )
    return loss


class _ProjectedLikelihood(torch.autograd.Function):
    """Value and gradient together, chunk by chunk; backward only scales."""

    @staticmethod
    def forward(
        ctx: Any,
        states: Tensor,
        projection: Tensor,
        bias: Tensor | None,
        gold: Tensor,
        token_weights: Tensor | None,
        label_smoothing: float,
        chunk_tokens: int,
        dtype: torch.dtype,
    ) -> Tensor:
        states_wanted, projection_wanted = ctx.needs_input_grad[:2]
        matrix, accurate = projection.detach().to(dtype), _accurate(dtype)
        states_gradient = torch.empty_like(states)
        projection_gradient = torch.zeros_like(projection, dtype=accurate) if projection_wanted else None
        total = states.new_zeros((), dtype=accurate)
        for start in range(0, len(gold), chunk_tokens):
            rows = slice(start, start + chunk_tokens)
            chunk = states[rows].detach().to(dtype)
            logits = torch.mm(chunk, matrix.t()).to(accurate)
            if bias is not None:
                logits += bias
            scale = None if token_weights is None else token_weights[rows].to(accurate)
            total += _loss_into_gradient(logits, gold[rows], label_smoothing, scale)
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


def _accurate(dtype: torch.dtype) -> torch.dtype:
    """Where sums and exponentials are taken: float32, or float64 for float64."""
    return torch.promote_types(dtype, torch.float32)


def _loss_into_gradient(logits: Tensor, gold: Tensor, label_smoothing: float, scale: Tensor | None) -> Tensor:
    """The chunk's loss; `logits` [n, V] are overwritten with ∂loss/∂logits = p − smoothed target."""
    vocabulary = logits.shape[1]
    log_partition = torch.logsumexp(logits, dim=1)
    gold_logits = logits.gather(1, gold[:, None])[:, 0]
    losses = log_partition - (1 - label_smoothing) * gold_logits
    if label_smoothing:
        losses = losses - label_smoothing * logits.mean(dim=1)
    logits.sub_(log_partition[:, None]).exp_()
    logits.sub_(label_smoothing / vocabulary)
    logits.scatter_add_(1, gold[:, None], torch.full_like(gold_logits, label_smoothing - 1)[:, None])
    if scale is not None:
        losses = losses * scale
        logits.mul_(scale[:, None])
    return losses.sum()
