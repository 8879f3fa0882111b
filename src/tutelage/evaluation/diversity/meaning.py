"""Meaning kept: the cosine of sentence embeddings (Reimers and Gurevych 2019)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tutelage.evaluation.significance import Floats


def meaning_kept(sources: NDArray[np.float32], candidates: NDArray[np.float32]) -> Floats:
    """Cosine of each row of one [N, D] with that of the other, 0 to 100; higher is better.

    Rows have length 1. A negative cosine says no less than 0 does that two sentences are unrelated, and counts as 0.
    """
    cosines = np.einsum("nd,nd->n", sources.astype(np.float64), candidates.astype(np.float64))
    kept: Floats = 100.0 * np.clip(cosines, 0.0, 1.0)
    return kept
