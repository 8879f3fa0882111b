"""Likelihood of true samples and unlikelihood of conflicting ones, in one pass over the output projection."""

from __future__ import annotations

import torch
from torch import Tensor

from tutelage.core.training import Numerics
from tutelage.objectives.likelihood import likelihood_kernel
from tutelage.objectives.projection import projected_sum
from tutelage.objectives.unlikelihood import unlikelihood_kernel


def projected_contrast(
    student_states: Tensor,
    projection: Tensor,
    labels: Tensor,
    *,
    unlikely: Tensor | None,
    bias: Tensor | None = None,
    weights: Tensor | None = None,
    label_smoothing: float = 0.0,
    numerics: Numerics = "stable",
    chunk_tokens: int = 256,
    compute_dtype: torch.dtype | None = None,
) -> Tensor:
    """The weighted sum of `unlikelihood` where `unlikely` [B, T] says so, and of smoothed `likelihood` elsewhere.

    The weights hold what one counts beside the other; shapes as `projected_sum`. Without unlikely positions (none),
    this is `projected_likelihood`.
    """
    return projected_sum(
        student_states,
        projection,
        labels,
        kernels=(likelihood_kernel(label_smoothing), unlikelihood_kernel(numerics)),
        choice=unlikely,
        bias=bias,
        weights=weights,
        chunk_tokens=chunk_tokens,
        compute_dtype=compute_dtype,
    )
