"""Tree edit distance: hand-computed trees, agreement with two libraries, and what must hold of a distance."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tutelage.core.syntax import SyntaxTree
from tutelage.evaluation.diversity import tree_distance
from tutelage.evaluation.diversity.outlines import Outlines
from tutelage.evaluation.diversity.syntactic import SyntacticDistance


def tree(label: str, *children: SyntaxTree) -> SyntaxTree:
    return SyntaxTree(label, children)


def random_tree(generator: random.Random, *, size: int, labels: str = "abc") -> SyntaxTree:
    """A tree of exactly that size, of any shape."""
    parts, left = [], size - 1
    while left:
        part = generator.randint(1, left)
        parts.append(random_tree(generator, size=part, labels=labels))
        left -= part
    return tree(generator.choice(labels), *parts)


def count_nodes(one: SyntaxTree) -> int:
    return 1 + sum(map(count_nodes, one.children))


def apted_tree(one: SyntaxTree) -> Any:
    from apted.helpers import Tree

    return Tree(one.label, *map(apted_tree, one.children))


def zss_tree(one: SyntaxTree) -> Any:
    import zss

    node = zss.Node(one.label)
    for child in one.children:
        node.addkid(zss_tree(child))
    return node


A, B, C, D, E, F = (tree(label) for label in "abcdef")
BY_HAND = [
    (A, A, 0),
    (A, B, 1),
    (A, tree("a", B), 1),
    (A, tree("b", A), 1),
    (tree("a", B, C), tree("a", C, B), 2),
    (tree("a", B, C, D), tree("a", B, D), 1),
    (tree("a", tree("b", C, D)), tree("a", C, D), 1),
    (tree("a", tree("b", C, D)), tree("a", tree("e", C, D)), 1),
    # The example of Zhang and Shasha (1989): c moves from below d to above it.
    (tree("f", tree("d", A, tree("c", B)), E), tree("f", tree("c", tree("d", A, B)), E), 2),
    # A chain and a star share a root and one leaf at most, here none of it by label: 2 relabelled, 2 out, 2 in.
    (tree("a", tree("a", tree("a", A))), tree("b", B, B, B), 6),
]


@pytest.mark.parametrize(("first", "second", "edits"), BY_HAND)
def test_edits_counted_by_hand(first: SyntaxTree, second: SyntaxTree, edits: int) -> None:
    distance = SyntacticDistance(levels=None)
    assert distance.count_edits(first, second) == edits == distance.count_edits(second, first)


def test_500_random_trees_agree_with_apted_and_zss() -> None:
    import zss
    from apted import APTED

    generator, distance = random.Random(5), SyntacticDistance(levels=None)
    for _ in range(500):
        first, second = (random_tree(generator, size=generator.randint(1, 11)) for _ in range(2))
        ours = distance.count_edits(first, second)
        assert ours == APTED(apted_tree(first), apted_tree(second)).compute_edit_distance()
        assert ours == zss.simple_distance(zss_tree(first), zss_tree(second))


def test_order_of_the_pairs_and_a_full_memory_do_not_change_a_distance(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = random.Random(6)
    trees = [random_tree(generator, size=9) for _ in range(40)]
    pairs = [(first, second) for first in trees[:20] for second in trees[20:]]
    distance = SyntacticDistance(levels=None)
    expected = distance.between_all(pairs)
    monkeypatch.setattr(tree_distance, "_REMEMBERED", 50)
    assert SyntacticDistance(levels=None).between_all(reversed(pairs)) == expected[::-1]


def test_distances_are_a_metric_between_0_and_100() -> None:
    generator, distance = random.Random(7), SyntacticDistance(levels=None)
    for _ in range(200):
        one, two, three = (random_tree(generator, size=generator.randint(1, 9)) for _ in range(3))
        assert (distance.count_edits(one, two) == 0) == (one == two)
        assert distance.count_edits(one, three) <= distance.count_edits(one, two) + distance.count_edits(two, three)
        assert abs(count_nodes(one) - count_nodes(two)) <= distance.count_edits(one, two)
        assert 0 <= distance.between(one, two) <= 100


def test_a_cut_tree_keeps_three_levels_and_whole_trees_keep_all() -> None:
    deep = tree("S", tree("NP", tree("DT", tree("x"))), tree("VP"))
    outline = Outlines().cut(deep)
    assert outline.labels == ("DT", "NP", "VP", "S")
    assert outline.starts == (0, 0, 2, 0)
    other = tree("S", tree("NP", tree("DT", tree("y", tree("z")))), tree("VP"))
    assert SyntacticDistance().between(deep, other) == 0
    # 2 edits (x to y, z in) among 5 + 6 nodes.
    assert SyntacticDistance(levels=None).between(deep, other) == pytest.approx(100 * 2 / 11)


def test_equal_subtrees_are_kept_once() -> None:
    outlines = Outlines()
    phrase = tree("NP", tree("DT"), tree("NN"))
    whole = outlines.cut(tree("S", phrase, tree("VP", tree("VB"))), levels=None)
    # DT, NN, NP, VB, VP, S
    assert len(outlines) == whole.size == 6
    assert outlines.cut(phrase) is outlines[whole.numbers[2]]
    assert outlines.cut(tree("S", phrase, phrase), levels=None).size == 7
    assert len(outlines) == 7


def test_signature_tells_the_levels() -> None:
    assert SyntacticDistance().signature == "tree-edit|levels:3|words:no|by:sum"
    assert "levels:all" in SyntacticDistance(levels=None).signature
