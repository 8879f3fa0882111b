"""Tree edit distance with unit costs (Zhang and Shasha 1989), for many pairs of small trees.

The published algorithm fills a table of distances between the subtrees of two trees. Here that table outlives the pair:
a subtree is known by its number in one collection, so that the phrases most sentences are made of are compared once.
What is left to do for a pair is the distance between two forests.
"""

from __future__ import annotations

from tutelage.evaluation.diversity.outlines import Outline, Outlines

_REMEMBERED = 1_000_000
"""Pairs kept at a time, about 200 MB; beyond them all are forgotten and the work goes on."""


class TreeDistances:
    """Distances between the outlines of one collection: nodes to insert, delete or relabel; lower is nearer."""

    def __init__(self, outlines: Outlines) -> None:
        self._outlines = outlines
        self._known: dict[int, dict[int, int]] = {}
        """By the numbers of both trees, in either order."""
        self._count = 0

    def between(self, first: Outline, second: Outline) -> int:
        """The least number of edits that turn the first into the second."""
        if self._count > _REMEMBERED:
            self._known, self._count = {}, 0
        return self._look_up(first.number, second.number)

    def _look_up(self, first: int, second: int) -> int:
        if first == second:
            return 0
        distance = self._known.setdefault(first, {}).get(second)
        if distance is None:
            distance = _of_single(self._outlines[first], self._outlines[second])
            if distance is None:
                distance = self._compare(self._outlines[first], self._outlines[second])
            self._known[first][second] = distance
            self._known.setdefault(second, {})[first] = distance
            self._count += 1
        return distance

    def _compare(self, first: Outline, second: Outline) -> int:
        height, width = first.size, second.size
        if first.labels[-1] == second.labels[-1]:
            # Some optimal mapping joins roots of one label: it costs nothing, and frees what they were mapped to.
            height, width = height - 1, width - 1
        return self._compare_forests(first, second, height, width)

    def _compare_forests(self, first: Outline, second: Outline, height: int, width: int) -> int:
        """The distance between the first nodes of both in postorder: `height` of one, `width` of the other."""
        columns = list(zip(range(width), second.numbers, second.labels, second.starts, strict=False))
        rows = [list(range(width + 1))]
        for place in range(height):
            number, label, start = first.numbers[place], first.labels[place], first.starts[place]
            above, before = rows[place], rows[start]
            known = self._known.setdefault(number, {})
            cost = place + 1
            row = [cost]
            for column, other, other_label, other_start in columns:
                if start == 0 == other_start:
                    # Both forests end in one tree each, so that these two nodes may be mapped to one another.
                    joined = above[column] if label == other_label else above[column] + 1
                elif number == other:
                    joined = before[other_start]
                else:
                    apart = known.get(other)
                    joined = before[other_start] + (self._look_up(number, other) if apart is None else apart)
                cost = cost + 1 if cost < above[column + 1] else above[column + 1] + 1
                if joined < cost:
                    cost = joined
                row.append(cost)
            rows.append(row)
        return rows[-1][-1]


def _of_single(first: Outline, second: Outline) -> int | None:
    """The distance where one of the trees is a single node; none for larger ones."""
    if first.size == 1:
        return second.size - (first.labels[0] in second.labels)
    if second.size == 1:
        return first.size - (second.labels[0] in first.labels)
    return None
