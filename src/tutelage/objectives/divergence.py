"""Divergence of the student from what it was: KL(before ‖ student) of each token's whole distribution, or the reverse.

Where likelihood asks for the one token that was written, divergence asks for everything that the student before would
have thought of it, from frozen weights: self-distillation on text that it wrote itself (its rationales). On samples of
the student that is being trained, held against what the frozen one predicts that is shown the answer, the reverse
KL(student ‖ before) is on-policy self-distillation (arXiv 2601.19897).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from tutelage.objectives.projection import accurate, log_softmax


def divergence(before_logits: Tensor, student_logits: Tensor) -> Tensor:
    """KL(before ‖ student) in nats [...] of logits [..., V]; at least float32, and no gradient for the first."""
    before = torch.log_softmax(before_logits.detach().to(accurate(before_logits.dtype)), dim=-1)
    after = torch.log_softmax(student_logits.to(accurate(student_logits.dtype)), dim=-1)
    return (before.exp() * (before - after)).sum(dim=-1)


def projected_divergence(
    before_states: Tensor,
    student_states: Tensor,
    projection: Tensor,
    wanted: Tensor,
    *,
    bias: Tensor | None = None,
    weights: Tensor,
    reverse: bool = False,
    chunk_tokens: int = 256,
    compute_dtype: torch.dtype | None = None,
) -> Tensor:
    """The sum of weight × `divergence` (scalar) where `wanted` [B, T], of logits that are never held all.

    Both states are [B, T, D], `projection` [V, D] is that of both, `bias` [V], `weights` [B, T]. No gradient goes to
    anything but the student's states: what turns them into logits is frozen, as under an adapter. `reverse` is
    KL(student ‖ before).
    """
    positions = wanted.reshape(-1).nonzero()[:, 0]
    before, after = (
        states.reshape(-1, states.shape[-1]).index_select(0, positions) for states in (before_states, student_states)
    )
    loss: Tensor = _Divergence.apply(  # type: ignore[no-untyped-call]
        after, before.detach(), projection.detach(), bias, weights.reshape(-1)[positions], reverse, chunk_tokens,
        compute_dtype or student_states.dtype,
    )  # fmt: skip
    return loss


class _Divergence(torch.autograd.Function):
    """`states` and `before` [n, D], `weights` [n]; value and gradient together, backward only scales."""

    @staticmethod
    def forward(
        ctx: Any,
        states: Tensor,
        before: Tensor,
        projection: Tensor,
        bias: Tensor | None,
        weights: Tensor,
        reverse: bool,
        chunk_tokens: int,
        dtype: torch.dtype,
    ) -> Tensor:
        matrix = projection.to(dtype)
        gradient = torch.empty_like(states)
        total = states.new_zeros((), dtype=accurate(dtype))
        for start in range(0, len(states), chunk_tokens):
            rows = slice(start, start + chunk_tokens)
            was, now = (log_softmax(one[rows].to(dtype), matrix, bias) for one in (before, states))
            scale = weights[rows].to(was.dtype)
            if reverse:
                further, likely = now - was, now.exp()
                each = (likely * further).sum(dim=1)
                slopes = further.sub_(each[:, None]).mul_(likely)
            else:
                likely = was.exp()
                each = (likely * (was - now)).sum(dim=1)
                slopes = now.exp_().sub_(likely)
            total += (each * scale).sum()
            slopes.mul_(scale[:, None])
            gradient[rows] = torch.mm(slopes.to(dtype), matrix).to(states.dtype)
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = ctx.saved_tensors
        return gradient * upstream[0], None, None, None, None, None, None, None
