"""What each target token counts in the loss of an update.

The loss of an update is

    L = Σ w·loss over true tokens / C⁺ + alpha · Σ w·loss over conflicting tokens / C⁻

with the counts C⁺ and C⁻ taken over *all* micro-batches of the update, so that neither their size nor accumulation
changes it. Under `token`, w is the example's weight (times λ in a rationale) and a sample counts its tokens (those of a
rationale λ each): for λ = 1 the token mean of RaDis (arXiv 2410.13944). Under `sequence`, a sample counts 1 and its
tokens share its weight: a mean over the target, and λ times a mean over the rationale (ours). Tokens that are spared
count nothing in either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutelage.core.training import Normalisation
from tutelage.training.tokenised import TokenisedExamples


@dataclass(frozen=True, slots=True)
class Weighting:
    """The normalisation, λ, and alpha."""

    normalisation: Normalisation = "token"
    rationale_weight: float = 1.0
    alpha: float = 0.0
    """What unlikelihood counts beside likelihood."""

    def token_weights(self, examples: TokenisedExamples, samples: Sequence[int]) -> list[NDArray[np.float32]]:
        """What each target token of each sample counts, before the division by the update's count."""
        conflicting = np.asarray(samples) >= len(examples)
        factors = np.outer(examples.weights[list(samples)], (1.0, self.rationale_weight))
        factors[conflicting] *= self.alpha
        parts = examples.parts_of(samples)
        if self.normalisation == "sequence":
            factors /= np.maximum(examples.supervised_of(samples), 1)
        values = np.pad(factors, ((0, 0), (1, 1))).astype(np.float32)
        flat = np.repeat(values, parts.reshape(-1))
        flat[np.concatenate(examples.spared_of(samples))] = 0.0
        return np.split(flat, np.cumsum(parts.sum(axis=1))[:-1])

    def counts(self, examples: TokenisedExamples, samples: Sequence[int]) -> NDArray[np.float32]:
        """[2]: what true and conflicting samples add to C⁺ and C⁻."""
        supervised = examples.supervised_of(samples)
        if self.normalisation == "sequence":
            each = np.asarray(supervised.any(axis=1), dtype=np.float64)
        else:
            each = np.asarray(supervised[:, 0] + self.rationale_weight * supervised[:, 1], dtype=np.float64)
        conflicting = np.asarray(samples) >= len(examples)
        return np.array([each[~conflicting].sum(), each[conflicting].sum()], dtype=np.float32)


PLAIN = Weighting()
"""The mean over all tokens."""
