"""The figures of the house, on packages and walks small enough to count by hand."""

from pathlib import Path

import pytest

from benchmarks.house.tree import find_cycles, measure_tree, own_imports, read_trees
from benchmarks.house.walk import Walk, layer_ranks

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "__init__.py": "",
    "core/__init__.py": '"""Core."""\n',
    "core/words.py": "from typing import cast\n\nWORD = cast(str, 1)\n",
    "core/lists.py": "from tutelage.core import words\nfrom tutelage.core.words import WORD\n",
    "methods/__init__.py": "",
    "methods/step.py": "def run():\n    from tutelage.core import lists\n    from tutelage.core.words import WORD\n",
}


@pytest.fixture
def source(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "src" / "tutelage" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    layers = '["tutelage.cli", "tutelage.a | tutelage.b", "tutelage.core"]'
    (tmp_path / "pyproject.toml").write_text(f"[[tool.importlinter.contracts]]\nlayers = {layers}\n")
    return tmp_path / "src"


def test_tree_is_counted_by_hand(source):
    figures = measure_tree(source)
    assert (figures.modules, figures.lines, figures.method_lines, figures.casts) == (3, 9, 3, 1)
    assert figures.one_importer == pytest.approx(1 / 3)  # lists by step; words by lists and step; step by none
    assert figures.own_imports == pytest.approx(3 / 3)  # lists imports words; step imports both


def test_cycles_are_groups_that_reach_one_another():
    imports = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert find_cycles(imports) == [("a", "b", "c"), ("d", "e")]


def test_no_modules_of_the_package_import_one_another():
    assert find_cycles(own_imports(read_trees(ROOT / "src"))) == []


def test_layers_are_those_that_the_project_tells(source):
    assert layer_ranks(source) == {"core": 0, "a": 1, "b": 1, "cli": 2}
    assert (
        layer_ranks(ROOT / "src")["cli"] > layer_ranks(ROOT / "src")["methods"] > layer_ranks(ROOT / "src")["core"] == 0
    )


def test_walk_counts_each_climb_to_a_new_file_and_each_pair_that_calls_up():
    walk = Walk("/package/")
    walk.entered = dict.fromkeys(["cli/a.py", "core/b.py", "methods/c.py", "core/d.py", "students/e.py"])
    walk.calls = {("cli/a.py", "core/b.py"), ("core/b.py", "methods/c.py"), ("core/b.py", "core/d.py")}
    walk.functions.update(["read_student", "read_student", "open_engine"])
    figures = walk.figures({"core": 0, "students": 1, "methods": 2, "cli": 3})
    assert (figures.files, figures.climbs, figures.pairs_up) == (5, 2, 1)
    assert (figures.students_loaded, figures.engines_opened) == (2, 1)
