"""What parsers that wrap Python packages share: importing them, and one tree for several sentences."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from tutelage.core.errors import MissingExtraError
from tutelage.core.syntax import SyntaxTree

TEXT = "TEXT"
"""Label above the sentences of a text that has several."""


def require(module: str) -> ModuleType:
    """The imported module; MissingExtraError if it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(module, extra="paraphrase") from error


def join_sentences(trees: Sequence[SyntaxTree]) -> SyntaxTree | None:
    """The tree of a text from those of its sentences; `None` if there are none."""
    if len(trees) < 2:
        return trees[0] if trees else None
    return SyntaxTree(TEXT, tuple(trees))
