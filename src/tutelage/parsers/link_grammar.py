"""English constituent trees by link-grammar (Sleator and Temperley 1991), through its command `link-parser`.

Its constituents are rougher than a treebank parser's, but it is a small system package and needs no model.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from tutelage.core.errors import UsageError
from tutelage.core.machine import usable_cores
from tutelage.core.syntax import SyntaxTree

COMMAND = "link-parser"
MAX_WORDS = 60
"""Longer texts have no parse: they take seconds, and their constituents are guesses."""
_SECONDS = 30
"""Processor time for a sentence, far above what one of `MAX_WORDS` takes: a limit that were met would make the tree
depend on the machine."""
_OPTIONS = ("-constituents=3", "-graphics=0", "-panic=0", f"-timeout={_SECONDS}", "-verbosity=0")
_BATCH = 200
"""Texts for one run of the command, which takes 0.2 s to load its dictionary."""
_MARK = re.compile(r"^width set to (\d+)$")
"""What the command answers to `!width=N`; sent behind each text, it tells which answers are whose."""
_FIRST_MARK = 1000
"""Widths below some hundred would break lines."""
_HARMLESS_START = "!% \t"
"""Lines that begin with these are commands and comments."""
_TOKEN = re.compile(r"\([^\s()]+|\)|[^\s()]+")
"""An opened constituent, a closed one, or a word. Brackets of the sentence itself are written as braces."""


class LinkGrammarParser:
    """A parser (see `core.protocols.Parser`) of English; UsageError if the command is not installed."""

    def __init__(self, *, processes: int | None = None) -> None:
        """So many runs of the command at a time: as many as there are cores, if none is given."""
        if shutil.which(COMMAND) is None:
            raise UsageError(
                f"the command '{COMMAND}' is not installed.",
                where="parser",
                fix="Install it with: apt-get install link-grammar link-grammar-dictionaries-en",
            )
        self._processes = processes or usable_cores()
        self._signature = f"link-grammar:en@{_read_version()}|words:{MAX_WORDS}"

    @property
    def signature(self) -> str:
        """Version of the program, and the longest text it is given."""
        return self._signature

    def parse(self, texts: Iterable[str]) -> Iterator[SyntaxTree | None]:
        """One tree for each text, in their order, streaming; none for a text that is empty or too long."""
        rest, running = iter(texts), deque[Future[list[SyntaxTree | None]]]()
        with ThreadPoolExecutor(self._processes) as pool:
            while True:
                while len(running) <= self._processes and (batch := list(islice(rest, _BATCH))):
                    running.append(pool.submit(_parse_batch, batch))
                if not running:
                    return
                yield from running.popleft().result()


def _parse_batch(texts: Sequence[str]) -> list[SyntaxTree | None]:
    """The trees of some texts. A text on which the command dies has none, and the ones behind it are sent again."""
    lines = [_one_line(text) for text in texts]
    trees: list[SyntaxTree | None] = []
    while len(trees) < len(lines):
        found = read_answers(_run(lines[len(trees) :]))
        trees += found[: len(lines) - len(trees)]
        if len(trees) < len(lines):
            trees.append(None)
    return trees


def _run(lines: Sequence[str]) -> str:
    """What the command writes for the lines; a line that is empty is answered by its mark alone."""
    marked = "".join(f"{line}\n!width={_FIRST_MARK + place}\n".lstrip("\n") for place, line in enumerate(lines))
    done = subprocess.run(
        [COMMAND, "en", *_OPTIONS],
        input=marked.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
        check=False,
    )
    return done.stdout.decode("utf-8", errors="replace")


def read_answers(output: str) -> list[SyntaxTree | None]:
    """The tree of each text whose mark was reached, from the command's whole output; `None` if it wrote no tree."""
    trees: list[SyntaxTree | None] = []
    tree: SyntaxTree | None = None
    for line in output.splitlines():
        if _MARK.match(line):
            trees.append(tree)
            tree = None
        elif tree is None and line.startswith("("):
            tree = read_constituents(line)
    return trees


def _one_line(text: str) -> str:
    """The text as one line that cannot be taken for a command; empty if it is too long."""
    words = "".join(char if char.isprintable() else " " for char in text).split()
    return " ".join(words).lstrip(_HARMLESS_START) if len(words) <= MAX_WORDS else ""


def _read_version() -> str:
    told = subprocess.run([COMMAND, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"link-grammar-([\d.]+)", told)
    return found[1] if found else "unknown"


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
