"""Constituent trees as link-grammar writes them: `(S (NP the cat.n) (VP sat.v-d) .)`."""

from __future__ import annotations

import re

from tutelage.core.syntax import SyntaxTree

_TOKEN = re.compile(r"\([^\s()]+|\)|[^\s()]+")
"""An opened constituent, a closed one, or a word. Brackets of the sentence itself are written as braces."""


def read_constituents(line: str) -> SyntaxTree | None:
    """The tree of a line without its words; none for a line that is no single tree."""
    open_nodes: list[tuple[str, list[SyntaxTree]]] = [("", [])]
    for token in _TOKEN.findall(line):
        if token[0] == "(" and len(token) > 1:
            open_nodes.append((token[1:], []))
        elif token == ")":
            if len(open_nodes) == 1:
                return None
            label, children = open_nodes.pop()
            open_nodes[-1][1].append(SyntaxTree(label, tuple(children)))
    whole = open_nodes[0][1]
    return whole[0] if len(open_nodes) == 1 and len(whole) == 1 else None
