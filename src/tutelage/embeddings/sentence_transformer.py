"""Embeddings by sentence-transformers."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tutelage.core.errors import UsageError
from tutelage.embeddings.locating import model_key, require
from tutelage.embeddings.vectors import unit_vectors

_BATCH = 64
"""Sentences in one batch; sentence-transformers sorts them by length."""


class SentenceTransformerEmbedder:
    """An embedder (see `core.protocols.Embedder`) from a folder that sentence-transformers can load."""

    def __init__(self, folder: Path, *, name: str) -> None:
        self._name, self._key = name, model_key(folder)
        transformer = require("sentence_transformers").SentenceTransformer
        with _quiet():
            try:
                self._model = transformer(
                    str(folder), local_files_only=True, model_kwargs={"use_safetensors": True}, trust_remote_code=False
                )
            except Exception as error:
                reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
                raise UsageError(f"the embedding model cannot be loaded: {reason}", where=str(folder)) from error

    @property
    def signature(self) -> str:
        """Name and content key of the model."""
        return f"{self._name}@{self._key}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors [N, D] of length 1, in the order of the texts."""
        if not texts:
            return np.zeros((0, int(self._model.get_embedding_dimension())), dtype=np.float32)
        found = self._model.encode(list(texts), batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True)
        return unit_vectors(found)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the progress bars and advice of transformers, which would cut through ours."""
    told = require("transformers.utils.logging")
    bars, verbosity = told.is_progress_bar_enabled(), told.get_verbosity()
    logger = logging.getLogger("sentence_transformers")
    level = logger.level
    told.disable_progress_bar()
    told.set_verbosity_error()
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
        told.set_verbosity(verbosity)
        if bars:
            told.enable_progress_bar()
