"""Preference of a right answer y over a wrong one y′ to the same x, without a reference model.

    CPO (Xu et al. 2024, arXiv 2401.08417):     −log σ(β·log π(y|x) − β·log π(y′|x))
    SimPO (Meng et al. 2024, arXiv 2405.14734): −log σ(β/|y|·log π(y|x) − β/|y′|·log π(y′|x) − γ)

CPO adds the likelihood of y to it, which SimPO does not; here both have it, from `likelihood`, with a weight between
the two. That of CPO has no margin γ; here it may have one.
"""

from __future__ import annotations

import torch
from torch import Tensor

from tutelage.core.training import IGNORED
from tutelage.objectives.token_likelihood import projected_token_likelihood


def preference(chosen: Tensor, rejected: Tensor, *, beta: float, margin: float = 0.0) -> Tensor:
    """The losses [P] (nats) of `chosen` [P] and `rejected` [P], log-likelihoods or their means over tokens."""
    return -torch.nn.functional.logsigmoid(beta * (chosen - rejected) - margin)


def sequence_likelihood(token_likelihood: Tensor, members: Tensor, *, count: int, by_length: bool) -> Tensor:
    """The log-likelihood [`count`] of each sequence, or its mean over tokens, from log p [B, T] of tokens.

    `members` [B, T] says whose a token is, below 0 nobody's. A sequence without tokens has 0.
    """
    counted = (members >= 0).reshape(-1)
    owners = members.reshape(-1)[counted]
    sums = token_likelihood.new_zeros(count).index_add(0, owners, token_likelihood.reshape(-1)[counted])
    if not by_length:
        return sums
    return sums / torch.bincount(owners, minlength=count).clamp(min=1)


def projected_preference(
    student_states: Tensor,
    projection: Tensor,
    labels: Tensor,
    *,
    members: Tensor,
    pairs: Tensor,
    weights: Tensor,
    beta: float,
    margin: float = 0.0,
    by_length: bool = False,
    bias: Tensor | None = None,
    compute_dtype: torch.dtype | None = None,
) -> Tensor:
    """The sum of weight × `preference` (scalar) of logits = states·projectionᵀ + bias.

    `pairs` [P, 2] are the members that are chosen and rejected, `weights` [P] what each pair counts; `student_states`
    [B, T, D], `projection` [V, D], `bias` [V], `labels` and `members` [B, T]. `by_length` is SimPO's.
    """
    tokens = projected_token_likelihood(
        student_states, projection, labels.masked_fill(members < 0, IGNORED), bias=bias, compute_dtype=compute_dtype
    )
    each = sequence_likelihood(tokens, members, count=int(pairs.max()) + 1, by_length=by_length)
    losses = preference(each[pairs[:, 0]], each[pairs[:, 1]], beta=beta, margin=margin)
    return (losses * weights).sum()
