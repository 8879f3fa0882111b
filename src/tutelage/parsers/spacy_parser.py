"""Dependency trees by spaCy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tutelage.core.errors import UsageError
from tutelage.core.syntax import SyntaxTree
from tutelage.parsers.joining import join_sentences, require

_NOT_NEEDED = ("ner", "lemmatizer", "attribute_ruler", "textcat", "entity_linker")
_PUNCTUATION = "punct"


class SpacyParser:
    """A parser (see `core.protocols.Parser`) from an installed spaCy model that has one."""

    def __init__(self, model: str) -> None:
        spacy = require("spacy")
        try:
            self._pipeline = spacy.load(model, exclude=list(_NOT_NEEDED))
        except OSError as error:
            raise UsageError(
                f"spaCy has no model '{model}' here.",
                where="parser",
                fix=f"Install it with: python -m spacy download {model}",
            ) from error
        if "parser" not in self._pipeline.pipe_names:
            raise UsageError(
                f"the spaCy model '{model}' does not parse.",
                where="parser",
                fix="Take one with a parser, such as en_core_web_sm.",
            )
        meta = self._pipeline.meta
        self._signature = f"spacy:{meta['lang']}_{meta['name']}@{meta['version']}|spacy:{spacy.__version__}"

    @property
    def signature(self) -> str:
        """Name and version of the model, and of spaCy."""
        return self._signature

    def parse(self, texts: Iterable[str]) -> Iterator[SyntaxTree | None]:
        """One tree for each text, in their order, streaming; none for a text without words."""
        return map(dependency_tree, self._pipeline.pipe(texts))


def dependency_tree(doc: Any) -> SyntaxTree | None:
    """The relations of a parsed spaCy document, words removed; a node's children are in the order of the sentence.

    Punctuation marks are left out like the words: what they are attached to is a parser's whim.
    """
    roots = [token for token in doc if token.head.i == token.i and not token.is_space]
    return join_sentences([_subtree(root) for root in roots])


def _subtree(token: Any) -> SyntaxTree:
    children = tuple(_subtree(child) for child in token.children if not _is_left_out(child))
    return SyntaxTree(token.dep_, children)


def _is_left_out(token: Any) -> bool:
    return bool((token.dep_ == _PUNCTUATION or token.is_space) and not any(True for _ in token.children))
