"""Unlikelihood: −log(1 − p(target)), summed over supervised tokens (Welleck et al. 2019, arXiv 1908.04319).

Used as in language-aware tuning (arXiv 2403.14399): a translation must be unlikely if another language was asked for.
`paper` numerics hold 1 − p above 1e-9; where p rounds to 1 the gradient is 0, exactly where it matters. `stable` ones
deviate: with m = z_y − log Σ_{j≠y} exp z_j, which is the log-odds of p_y, the loss is log(1 + exp m), and its gradient
never dies. Two forms with the same value and gradient, as of likelihood.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from tutelage.core.training import IGNORED, Numerics
from tutelage.objectives.projection import Kernel, accurate, projected_sum

SMALLEST = 1e-9
"""What the paper's numerics hold 1 − p above."""


def unlikelihood(student_logits: Tensor, labels: Tensor, *, numerics: Numerics = "stable") -> Tensor:
    """The summed loss (scalar, nats, at least float32) of `student_logits` [..., V] on `labels` [...].

    A fully masked batch gives 0.
    """
    supervised = labels != IGNORED
    logits = student_logits[supervised]
    logits, gold = logits.to(accurate(logits.dtype)), labels[supervised][:, None]
    if numerics == "paper":
        return -(1 - logits.softmax(dim=-1).gather(1, gold)).clamp(min=SMALLEST).log().sum()
    log_rest = logits.scatter(1, gold, -math.inf).logsumexp(dim=1, keepdim=True)
    return _negative_log_sigmoid(log_rest - logits.gather(1, gold)).sum()


def projected_unlikelihood(
    student_states: Tensor,
    projection: Tensor,
    labels: Tensor,
    *,
    bias: Tensor | None = None,
    weights: Tensor | None = None,
    numerics: Numerics = "stable",
    chunk_tokens: int = 256,
    compute_dtype: torch.dtype | None = None,
) -> Tensor:
    """`unlikelihood` of logits = states·projectionᵀ + bias, never holding them all; shapes as `projected_sum`."""
    return projected_sum(
        student_states,
        projection,
        labels,
        kernels=(unlikelihood_kernel(numerics),),
        bias=bias,
        weights=weights,
        chunk_tokens=chunk_tokens,
        compute_dtype=compute_dtype,
    )


def unlikelihood_kernel(numerics: Numerics) -> Kernel:
    """The loss and gradient of one chunk; as many exponentials as likelihood takes."""
    return _paper_into_gradient if numerics == "paper" else _stable_into_gradient


def _stable_into_gradient(logits: Tensor, gold: Tensor) -> Tensor:
    """The losses; `logits` [n, V] are overwritten with p_y at the target, and with −p_y·softmax_{j≠y} elsewhere."""
    target = gold[:, None]
    gold_logits = logits.gather(1, target)
    logits.scatter_(1, target, -math.inf)
    log_rest = torch.logsumexp(logits, dim=1, keepdim=True)
    gold_probability = torch.sigmoid(gold_logits - log_rest)
    logits.sub_(log_rest).exp_().mul_(-gold_probability)
    logits.scatter_(1, target, gold_probability)
    return _negative_log_sigmoid(log_rest - gold_logits)[:, 0]


def _paper_into_gradient(logits: Tensor, gold: Tensor) -> Tensor:
    """The same with a probability; the gradient is 0 if 1 − p is held."""
    target = gold[:, None]
    logits.sub_(torch.logsumexp(logits, dim=1, keepdim=True)).exp_()
    gold_probability = logits.gather(1, target)
    others = 1 - gold_probability
    alive = (others >= SMALLEST).to(logits.dtype)
    held = others.clamp(min=SMALLEST)
    logits.mul_(-gold_probability / held * alive)
    logits.scatter_(1, target, gold_probability * alive)
    return -held.log()[:, 0]


def _negative_log_sigmoid(log_odds: Tensor) -> Tensor:
    return -torch.nn.functional.logsigmoid(log_odds)
