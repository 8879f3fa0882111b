"""Vectors as every embedder gives them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def unit_vectors(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """The rows [N, D] at length 1 in float32; a row of zeros, as of text without a known word, stays as it is."""
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)
