"""What each target token counts in the loss of an update.

The loss of an update is

    L = Σ w·loss over true tokens / C⁺ + alpha · Σ w·loss over conflicting tokens / C⁻

with the counts C⁺ and C⁻ taken over *all* micro-batches of the update, so that neither their size nor accumulation
changes it. Under `token`, w is the example's weight (times λ in a rationale) and a sample counts its tokens (those of a
rationale λ each): for λ = 1 the token mean of RaDis (arXiv 2410.13944). Under `sequence`, a sample counts 1 and its
tokens share its weight: a mean over the target, and λ times a mean over the rationale (ours). Tokens that are spared
count nothing in either; those of a target that were corrected may count more than the others, in the mean too.

If a preference is trained, which is one loss for a pair of samples, C⁻ counts pairs, and each token of a conflicting
sample bears what its whole pair counts.
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
    """What the conflicting samples count beside the true ones."""
    paired: bool = False
    """Whether a conflicting sample and its true one have one loss, which is preference."""

    def token_weights(self, examples: TokenisedExamples, samples: Sequence[int]) -> list[NDArray[np.float32]]:
        """What each target token of each sample counts, before the division by the update's count."""
        conflicting = np.asarray(samples) >= len(examples)
        factors = np.outer(examples.weights[list(samples)], (1.0, self.rationale_weight))
        factors[conflicting] *= self.alpha
        parts = examples.parts_of(samples)
        if self.normalisation == "sequence":
            factors /= np.where(conflicting[:, None] & self.paired, 1.0, _nonzero(self._shares(examples, samples)))
        values = np.pad(factors, ((0, 0), (1, 1))).astype(np.float32)
        flat = np.repeat(values, parts.reshape(-1)) * np.concatenate(examples.credits_of(samples))
        return np.split(flat, np.cumsum(parts.sum(axis=1))[:-1])

    def counts(self, examples: TokenisedExamples, samples: Sequence[int]) -> NDArray[np.float32]:
        """[2]: what true and conflicting samples add to C⁺ and C⁻."""
        shares = self._shares(examples, samples)
        sequences = np.asarray(shares.any(axis=1), dtype=np.float64)
        tokens = np.asarray(shares[:, 0] + self.rationale_weight * shares[:, 1], dtype=np.float64)
        each = sequences if self.normalisation == "sequence" else tokens
        conflicting = np.asarray(samples) >= len(examples)
        wrong = sequences if self.paired else each
        return np.array([each[~conflicting].sum(), wrong[conflicting].sum()], dtype=np.float32)

    def _shares(self, examples: TokenisedExamples, samples: Sequence[int]) -> NDArray[np.float64]:
        """[samples, 2]: what the tokens of each target count together, its own and those of its rationale."""
        shares = examples.supervised_of(samples).astype(np.float64)
        pairs = zip(examples.parts_of(samples), examples.credits_of(samples), strict=True)
        shares[:, 0] = [float(credit[first : first + own].sum()) for (first, own, _, _), credit in pairs]
        return shares


def _nonzero(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(shares > 0, shares, 1.0)


PLAIN = Weighting()
"""The mean over all tokens."""
