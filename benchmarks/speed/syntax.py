"""Syntactic distance against apted and zss, which are called for each pair; cut trees and whole ones.

    python -m benchmarks.speed.syntax --text build/corpora/mono.en.jsonl.gz --sentences 1000 --pairs 10000 --rounds 3

Two materials. *Distinct*: pairs of trees from a small random grammar, no pair twice, so that nothing is gained by
having seen it. *Parsed*: sentences of the text, each with the next one, parsed by link-grammar if that is installed;
they repeat as parses do. All arms get the same trees without words; those of the libraries are built in their own
classes before the clock starts, while ours are cut and numbered within it, with an empty memory in each round. Before
anything is timed, the distances of all arms are compared.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.corpora.place import DATA
from benchmarks.speed.figures import Figure, measure_in_turns, rate_figure, ratio_figure, render_table
from tutelage.core.syntax import SyntaxTree
from tutelage.evaluation.diversity.outlines import LEVELS
from tutelage.evaluation.diversity.syntactic import SyntacticDistance
from tutelage.parsers.link_grammar import COMMAND, LinkGrammarParser

GOAL = 5.0
MAX_DEPTH = 7
MAX_NODES = 40
"""Whole trees of the grammar, so that they are no larger than those of sentences."""
SHORTER = 10
"""Whole trees take the libraries long, so that fewer pairs of them are measured."""
GRAMMAR = {
    "S": ["NP VP", "NP VP", "PP NP VP", "ADVP NP VP", "S CC S", "SBAR NP VP", "VP"],
    "NP": ["DT NN", "DT JJ NN", "PRP", "NNS", "NP PP", "NP SBAR", "NP CC NP", "NN NN"],
    "VP": ["VB NP", "VB PP", "VB NP PP", "MD VP", "VB SBAR", "VB", "ADVP VB NP", "TO VP", "VB S"],
    "PP": ["IN NP", "IN S"],
    "SBAR": ["WHNP VP", "IN S"],
    "ADVP": ["RB", "RB RB"],
    "WHNP": ["WDT", "WP NN"],
}

TreePair = tuple[SyntaxTree, SyntaxTree]


@dataclass(frozen=True, slots=True)
class Material:
    """Pairs of trees, and how they are told."""

    name: str
    pairs: list[TreePair]
    levels: int | None


def measure_syntax(*, text: Path | None, sentences: int, pairs: int, rounds: int) -> list[Figure]:
    """Rates and ratios for each material; parsed trees only where there is a text and link-grammar."""
    whole = max(1, pairs // SHORTER)
    materials = [
        Material("distinct pairs, cut", make_distinct(pairs, levels=LEVELS), LEVELS),
        Material("distinct pairs, whole", make_distinct(whole, levels=None), None),
    ]
    if text and shutil.which(COMMAND):
        parsed = parse_pairs(text, sentences)
        materials += [Material("parsed sentences, cut", parsed, LEVELS)]
        materials += [Material("parsed sentences, whole", parsed[:whole], None)]
    return [figure for material in materials for figure in measure_material(material, rounds=rounds)]


def measure_material(material: Material, *, rounds: int) -> list[Figure]:
    """Pairs a second of ours, and how often faster than each library; the goal is for cut trees."""
    import zss
    from apted import APTED

    cut_pairs = [tuple(cut(tree, levels=material.levels) for tree in pair) for pair in material.pairs]
    for_apted = [tuple(map(apted_tree, pair)) for pair in cut_pairs]
    for_zss = [tuple(map(zss_tree, pair)) for pair in cut_pairs]
    arms: dict[str, Callable[[], list[int]]] = {
        "ours": lambda: measure_ours(material),
        "apted": lambda: [APTED(first, second).compute_edit_distance() for first, second in for_apted],
        "zss": lambda: [zss.simple_distance(first, second) for first, second in for_zss],
    }
    check_agreement({name: arm() for name, arm in arms.items()})
    rates = measure_in_turns({name: counted(arm) for name, arm in arms.items()}, rounds=rounds)
    nodes = sum(map(count_nodes, (tree for pair in cut_pairs for tree in pair))) / len(cut_pairs) / 2
    what = f"syntactic distance, {len(cut_pairs):,} {material.name}, {nodes:.1f} nodes"
    goal = GOAL if material.levels else None
    return [
        rate_figure(what, rates["ours"], "pairs"),
        ratio_figure(f"{what}, ours : apted", rates["ours"], rates["apted"], goal=goal),
        ratio_figure(f"{what}, ours : zss", rates["ours"], rates["zss"], goal=goal),
    ]


def measure_ours(material: Material) -> list[int]:
    distance = SyntacticDistance(levels=material.levels)
    return [distance.count_edits(first, second) for first, second in material.pairs]


def counted(arm: Callable[[], list[int]]) -> Callable[[], float]:
    return lambda: float(len(arm()))


def check_agreement(distances: dict[str, list[int]]) -> None:
    """SystemExit where an arm finds another distance than ours."""
    for name, found in distances.items():
        if [int(one) for one in found] != distances["ours"]:
            raise SystemExit(f"{name} finds other distances; nothing was timed")


def make_distinct(count: int, *, levels: int | None, seed: int = 1) -> list[TreePair]:
    """So many pairs of unequal trees of the grammar, as the arms will see them; no pair twice in either order."""
    generator = random.Random(seed)
    pairs: dict[frozenset[SyntaxTree], TreePair] = {}
    while len(pairs) < count:
        first, second = (cut(grow(generator), levels=levels) for _ in range(2))
        if first != second:
            pairs.setdefault(frozenset((first, second)), (first, second))
    return list(pairs.values())


def grow(generator: random.Random) -> SyntaxTree:
    """A tree of the grammar that is not too large."""
    while True:
        tree = expand("S", generator, depth=1)
        if count_nodes(tree) <= MAX_NODES:
            return tree


def expand(label: str, generator: random.Random, *, depth: int) -> SyntaxTree:
    if label not in GRAMMAR or depth >= MAX_DEPTH:
        return SyntaxTree(label)
    chosen = generator.choice(GRAMMAR[label]).split()
    return SyntaxTree(label, tuple(expand(part, generator, depth=depth + 1) for part in chosen))


def parse_pairs(text: Path, sentences: int) -> list[TreePair]:
    """Trees of some sentences of the text, each with the next one that has a parse."""
    trees = [tree for tree in LinkGrammarParser().parse(read_sentences(text, sentences)) if tree]
    return list(pairwise(trees))


def read_sentences(text: Path, count: int) -> list[str]:
    """A seeded sample, so that neighbours are not of one document."""
    with gzip.open(text, "rt", encoding="utf-8") as stream:
        lines = [str(json.loads(line)["text"]) for line in stream]
    return random.Random(1).sample(lines, min(count, len(lines)))


def cut(tree: SyntaxTree, *, levels: int | None) -> SyntaxTree:
    if levels is None:
        return tree
    children: Sequence[SyntaxTree] = tree.children if levels > 1 else ()
    return SyntaxTree(tree.label, tuple(cut(child, levels=levels - 1) for child in children))


def count_nodes(tree: SyntaxTree) -> int:
    return 1 + sum(map(count_nodes, tree.children))


def apted_tree(tree: SyntaxTree) -> Any:
    from apted.helpers import Tree

    return Tree(tree.label, *map(apted_tree, tree.children))


def zss_tree(tree: SyntaxTree) -> Any:
    import zss

    node = zss.Node(tree.label)
    for child in tree.children:
        node.addkid(zss_tree(child))
    return node


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, default=DATA / "mono.en.jsonl.gz")
    parser.add_argument("--sentences", type=int, default=1000, help="parsed, about 50 ms each")
    parser.add_argument("--pairs", type=int, default=10_000, help="of the grammar; a tenth of them as whole trees")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    text = chosen.text if chosen.text.is_file() else None
    print(render_table(measure_syntax(text=text, sentences=chosen.sentences, pairs=chosen.pairs, rounds=chosen.rounds)))


if __name__ == "__main__":
    main()
