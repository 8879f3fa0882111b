"""Likelihood with label smoothing: −log p(target), summed over supervised tokens.

Two forms with the same value and gradient: `likelihood` takes logits, `projected_likelihood` the decoder's states and
the output projection.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from tutelage.core.training import IGNORED
from tutelage.objectives.projection import Kernel, accurate, projected_sum


def likelihood(student_logits: Tensor, labels: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """The summed loss (scalar, nats, at least float32) of `student_logits` [..., V] on `labels` [...].

    Smoothing as Szegedy et al. 2016: (1−ε)·(−log p_y) + ε·mean over the vocabulary of −log p.
    A fully masked batch gives 0.
    """
    vocabulary = student_logits.shape[-1]
    return torch.nn.functional.cross_entropy(
        student_logits.reshape(-1, vocabulary).to(accurate(student_logits.dtype)),
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
    """`likelihood` of logits = states·projectionᵀ + bias, without ever holding them all; shapes as `projected_sum`."""
    return projected_sum(
        student_states,
        projection,
        labels,
        kernels=(likelihood_kernel(label_smoothing),),
        bias=bias,
        weights=weights,
        chunk_tokens=chunk_tokens,
        compute_dtype=compute_dtype,
    )


def likelihood_kernel(label_smoothing: float) -> Kernel:
    """The loss and gradient of one chunk."""
    return partial(_loss_into_gradient, label_smoothing=label_smoothing)


def _loss_into_gradient(logits: Tensor, gold: Tensor, *, label_smoothing: float) -> Tensor:
    """The losses; `logits` [n, V] are overwritten with ∂loss/∂logits = p − smoothed target."""
    vocabulary = logits.shape[1]
    log_partition = torch.logsumexp(logits, dim=1)
    gold_logits = logits.gather(1, gold[:, None])[:, 0]
    losses = log_partition - (1 - label_smoothing) * gold_logits
    if label_smoothing:
        losses = losses - label_smoothing * logits.mean(dim=1)
    logits.sub_(log_partition[:, None]).exp_()
    logits.sub_(label_smoothing / vocabulary)
    logits.scatter_add_(1, gold[:, None], torch.full_like(gold_logits, label_smoothing - 1)[:, None])
    return losses
