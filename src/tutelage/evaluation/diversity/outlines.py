"""Syntax trees cut at a level and kept once each, so that equal trees are one object."""

from __future__ import annotations

from dataclasses import dataclass

from tutelage.core.syntax import SyntaxTree

LEVELS = 3
"""Levels kept, the root counted: the cut of Bandel et al. (2022)."""


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A tree in postorder, its root last; two equal trees of one collection are the same object."""

    numbers: tuple[int, ...]
    """For each node, the number of the subtree below it in the collection."""
    labels: tuple[str, ...]
    starts: tuple[int, ...]
    """For each node, where in postorder its leftmost leaf stands."""

    @property
    def number(self) -> int:
        """The place of the whole tree in its collection."""
        return self.numbers[-1]

    @property
    def size(self) -> int:
        """How many nodes it has."""
        return len(self.numbers)


class Outlines:
    """A collection of outlines and of all their subtrees, numbered in the order of their first appearance."""

    def __init__(self) -> None:
        self._outlines: list[Outline] = []
        self._known: dict[tuple[object, ...], Outline] = {}

    def __len__(self) -> int:
        return len(self._outlines)

    def __getitem__(self, number: int) -> Outline:
        return self._outlines[number]

    def cut(self, tree: SyntaxTree, *, levels: int | None = LEVELS) -> Outline:
        """The tree down to so many levels, the root counted; all of it for none."""
        children = tree.children
        if levels is not None:
            levels -= 1
            if levels == 0:
                children = ()
        below = [self.cut(child, levels=levels) for child in children]
        key = (tree.label, *[child.numbers[-1] for child in below])
        outline = self._known.get(key)
        if outline is None:
            outline = self._known[key] = self._join(tree.label, below)
        return outline

    def _join(self, label: str, children: list[Outline]) -> Outline:
        numbers: list[int] = []
        labels: list[str] = []
        starts: list[int] = []
        for child in children:
            offset = len(numbers)
            numbers += child.numbers
            labels += child.labels
            starts += [offset + start for start in child.starts]
        outline = Outline((*numbers, len(self._outlines)), (*labels, label), (*starts, 0))
        self._outlines.append(outline)
        return outline
