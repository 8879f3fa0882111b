"""Constituent trees by Stanza."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from tutelage.core.errors import UsageError
from tutelage.core.syntax import SyntaxTree
from tutelage.parsers.joining import join_sentences, require

_PROCESSORS = "tokenize,pos,constituency"
_BATCH = 200
"""Texts parsed at a time."""
_WRAPPER = "ROOT"
"""The node above every sentence, which says nothing."""


class StanzaParser:
    """A parser (see `core.protocols.Parser`) from an installed Stanza model of a language."""

    def __init__(self, lang: str) -> None:
        self._stanza = require("stanza")
        try:
            self._pipeline = self._stanza.Pipeline(lang, processors=_PROCESSORS, download_method=None, verbose=False)
        except Exception as error:
            raise UsageError(
                f"Stanza cannot parse '{lang}' here ({type(error).__name__}).",
                where="parser",
                fix=f"Install its models with: python -c \"import stanza; stanza.download('{lang}')\". Constituents "
                "are parsed in few languages; for the others take spaCy.",
            ) from error
        self._signature = f"stanza:{lang}@{self._stanza.__version__}"

    @property
    def signature(self) -> str:
        """Language of the models, and version of Stanza."""
        return self._signature

    def parse(self, texts: Iterable[str]) -> Iterator[SyntaxTree | None]:
        """One tree for each text, in their order, streaming; none for a text without words."""
        rest = iter(texts)
        while batch := list(islice(rest, _BATCH)):
            for doc in self._pipeline.bulk_process(batch):
                yield join_sentences([constituent_tree(sentence.constituency) for sentence in doc.sentences])


def constituent_tree(tree: Any) -> SyntaxTree:
    """A Stanza parse tree without its words and without the node above it."""
    if tree.label == _WRAPPER and len(tree.children) == 1:
        tree = tree.children[0]
    return SyntaxTree(tree.label, tuple(constituent_tree(child) for child in tree.children if child.children))
