"""Syntactic distance: the edit distance of two parse trees by their sizes."""

from __future__ import annotations

from collections.abc import Iterable

from tutelage.core.syntax import SyntaxTree
from tutelage.evaluation.diversity.outlines import LEVELS, Outlines
from tutelage.evaluation.diversity.tree_distance import TreeDistances


class SyntacticDistance:
    """Distances of trees without words, cut at three levels (Bandel et al. 2022) or, for `levels = None`, whole.

    What was compared once is known for all later pairs, so that one of these serves a whole test set.
    """

    def __init__(self, *, levels: int | None = LEVELS) -> None:
        self.levels = levels
        self._outlines = Outlines()
        self._distances = TreeDistances(self._outlines)

    @property
    def signature(self) -> str:
        """How trees are compared, for signatures."""
        return f"tree-edit|levels:{self.levels or 'all'}|words:no|by:sum"

    def count_edits(self, first: SyntaxTree, second: SyntaxTree) -> int:
        """Nodes to insert, delete or relabel (Zhang and Shasha 1989)."""
        one, other = (self._outlines.cut(tree, levels=self.levels) for tree in (first, second))
        return self._distances.between(one, other)

    def between(self, first: SyntaxTree, second: SyntaxTree) -> float:
        """Edits by the number of nodes of both trees, 0 (equal) to 100 (nothing in common); higher is more different.

        The sum of the sizes is the most that edits can come to; by the larger size, two trees could be more than 100
        apart.
        """
        one, other = (self._outlines.cut(tree, levels=self.levels) for tree in (first, second))
        return 100.0 * self._distances.between(one, other) / (one.size + other.size)

    def between_all(self, pairs: Iterable[tuple[SyntaxTree, SyntaxTree]]) -> list[float]:
        """The distance of each pair, 0 to 100."""
        return [self.between(first, second) for first, second in pairs]
