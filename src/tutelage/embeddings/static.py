"""Embeddings by model2vec: means of static word vectors, much faster and somewhat coarser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tutelage.core.errors import UsageError
from tutelage.embeddings.locating import model_key, require
from tutelage.embeddings.vectors import unit_vectors


class StaticEmbedder:
    """An embedder (see `core.protocols.Embedder`) from a folder that model2vec can load."""

    def __init__(self, folder: Path, *, name: str) -> None:
        self._name, self._key = name, model_key(folder)
        try:
            self._model = require("model2vec").StaticModel.from_pretrained(str(folder))
        except Exception as error:  # a damaged file makes the library fail in any way
            reason = " ".join(str(error).split()) or type(error).__name__
            raise UsageError(f"the model2vec model cannot be loaded: {reason}.", where=str(folder)) from error

    @property
    def signature(self) -> str:
        """Name and content key of the model."""
        return f"model2vec:{self._name}@{self._key}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors [N, D] of length 1, in the order of the texts; zeros for text without a known word."""
        found = np.asarray(self._model.encode(list(texts), show_progress_bar=False), dtype=np.float32)
        return unit_vectors(found.reshape(len(texts), -1)) if len(texts) else np.zeros((0, 0), dtype=np.float32)
