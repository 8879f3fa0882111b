"""Embedders by name: the packaged MiniLM, any sentence-transformers model, any model2vec model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage.core.protocols import Embedder
from tutelage.embeddings.locating import EMBEDDED, find_packaged, locate_model, require

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MODEL2VEC = "model2vec:"


class NamedEmbedder:
    """An embedder that is loaded when the first texts come; another process loads its own."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._opened: Embedder | None = None

    def __reduce__(self) -> tuple[type[NamedEmbedder], tuple[str]]:
        return NamedEmbedder, (self._name,)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors [N, D] of length 1, in the order of the texts; as `open_embedder` if there is no such model."""
        self._opened = self._opened or open_embedder(self._name)
        return self._opened.embed(texts)


def open_embedder(name: str) -> Embedder:
    """The embedder of that name: `embedded`, `model2vec:NAME`, else a sentence-transformers name or folder.

    NAME is a folder or a hub name, as for sentence-transformers. MissingExtraError without the package that it needs;
    UsageError if there is no such model.
    """
    if name.startswith(MODEL2VEC):
        return _open_static(name.removeprefix(MODEL2VEC))
    return _open_transformer(name)


def _open_static(name: str) -> Embedder:
    require("model2vec")
    from tutelage.embeddings.static import StaticEmbedder

    folder = locate_model(name)
    return StaticEmbedder(folder, name=_printed(name, folder))


def _open_transformer(name: str) -> Embedder:
    require("sentence_transformers")
    from tutelage.embeddings.sentence_transformer import SentenceTransformerEmbedder

    if name == EMBEDDED:
        folder, printed = find_packaged(), "all-MiniLM-L6-v2"
    else:
        folder = locate_model(name)
        printed = _printed(name, folder)
    return SentenceTransformerEmbedder(folder, name=printed)


def _printed(name: str, folder: Path) -> str:
    """A hub name as it is; of a folder only its own name, which is the same on any machine."""
    return folder.resolve().name if Path(name).expanduser().is_dir() else name
