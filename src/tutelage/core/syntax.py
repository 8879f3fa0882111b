"""The tree of a sentence, as parsers give it and syntactic distances take it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SyntaxTree:
    """A node and its children, in the order of the sentence; parsers leave the words themselves out.

    Labels are the parser's: constituents (`NP`), or, for dependency parses, the relation to the head (`nsubj`).
    """

    label: str
    children: tuple[SyntaxTree, ...] = ()
