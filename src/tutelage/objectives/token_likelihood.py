"""The log-likelihood of each target token, of logits = states·projectionᵀ + bias that are never held all.

For objectives that are no weighted sum over tokens. The logits are computed again in the backward pass.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from tutelage.core.training import IGNORED
from tutelage.objectives.projection import accurate, log_softmax


def projected_token_likelihood(
    student_states: Tensor,
    projection: Tensor,
    labels: Tensor,
    *,
    bias: Tensor | None = None,
    chunk_tokens: int = 256,
    compute_dtype: torch.dtype | None = None,
) -> Tensor:
    """Log p [B, T] (at most 0, at least float32) of `labels` [B, T]; 0 where they are ignored, without a gradient.

    `student_states` [B, T, D], `projection` [V, D], `bias` [V], to which no gradient goes.
    """
    positions = (labels.reshape(-1) != IGNORED).nonzero()[:, 0]
    states = student_states.reshape(-1, student_states.shape[-1]).index_select(0, positions)
    found: Tensor = _TokenLikelihood.apply(  # type: ignore[no-untyped-call]
        states, projection, bias, labels.reshape(-1)[positions], chunk_tokens, compute_dtype or student_states.dtype
    )
    return found.new_zeros(labels.numel()).index_copy(0, positions, found).view(labels.shape)


class _TokenLikelihood(torch.autograd.Function):
    """`states` [n, D] and `gold` [n] → log p [n]."""

    @staticmethod
    def forward(
        ctx: Any,
        states: Tensor,
        projection: Tensor,
        bias: Tensor | None,
        gold: Tensor,
        chunk_tokens: int,
        dtype: torch.dtype,
    ) -> Tensor:
        matrix = projection.to(dtype)
        found = states.new_empty(len(gold), dtype=accurate(dtype))
        for start in range(0, len(gold), chunk_tokens):
            rows = slice(start, start + chunk_tokens)
            likely = log_softmax(states[rows].to(dtype), matrix, bias)
            found[rows] = likely.gather(1, gold[rows][:, None])[:, 0]
        ctx.save_for_backward(states, projection, gold)
        ctx.bias, ctx.chunk_tokens, ctx.dtype = bias, chunk_tokens, dtype
        return found

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor | None, ...]:
        states, projection, gold = ctx.saved_tensors
        matrix, sums = projection.to(ctx.dtype), accurate(ctx.dtype)
        to_states, to_projection = torch.empty_like(states), torch.zeros_like(projection, dtype=sums)
        for start in range(0, len(gold), ctx.chunk_tokens):
            rows = slice(start, start + ctx.chunk_tokens)
            chunk, slopes = states[rows].to(ctx.dtype), upstream[0][rows].to(sums)[:, None]
            gradient = log_softmax(chunk, matrix, ctx.bias).exp_().mul_(-slopes)
            gradient.scatter_add_(1, gold[rows][:, None], slopes)
            narrow = gradient.to(ctx.dtype)
            to_states[rows] = torch.mm(narrow, matrix).to(states.dtype)
            to_projection += torch.mm(narrow.t(), chunk)
        return to_states, to_projection.to(projection.dtype), None, None, None, None
