"""Figures that the source tells without being run: lines, imports, casts."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "tutelage"


@dataclass(frozen=True, slots=True)
class TreeFigures:
    """What the files of the package come to."""

    modules: int
    """Without the `__init__.py` files."""
    lines: int
    method_lines: int
    one_importer: float
    """Share of the modules that exactly one other module imports."""
    own_imports: float
    """Modules of the package that a module imports, on average, also inside functions and for types alone."""
    cycles: int
    """Of imports, also lazy ones and those for types alone."""
    casts: int
    files_over_400: int


def measure_tree(source: Path) -> TreeFigures:
    """The figures of `source`/tutelage."""
    trees = read_trees(source)
    imports = own_imports(trees)
    importers = Counter(imported for found in imports.values() for imported in found)
    lines = {name: count_lines(path) for name, path in _modules(source)}
    return TreeFigures(
        modules=len(trees),
        lines=sum(lines.values()),
        method_lines=sum(count for name, count in lines.items() if name.startswith(f"{PACKAGE}.methods")),
        one_importer=sum(importers[name] == 1 for name in trees) / len(trees),
        own_imports=sum(map(len, imports.values())) / len(trees),
        cycles=len(find_cycles(imports)),
        casts=sum(count_casts(tree) for tree in trees.values()),
        files_over_400=sum(count > 400 for count in lines.values()),
    )


def own_imports(trees: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    """The modules of the package that each of its modules imports."""
    return {name: imported_modules(tree, known=set(trees)) - {name} for name, tree in trees.items()}


def find_cycles(imports: Mapping[str, set[str]]) -> list[tuple[str, ...]]:
    """The groups of modules that reach one another, each in order of their names."""
    reached = {name: _reach(name, imports) for name in imports}
    groups = {
        tuple(sorted({name} | {other for other in there if name in reached[other]})) for name, there in reached.items()
    }
    return sorted(group for group in groups if len(group) > 1)


def _reach(start: str, imports: Mapping[str, set[str]]) -> set[str]:
    found, open_ = set[str](), [start]
    while open_:
        new = imports[open_.pop()] - found
        found |= new
        open_ += new
    return found


def imported_modules(tree: ast.Module, *, known: set[str]) -> set[str]:
    """The modules of the package that a module imports; `from a import b` is a.b if that is a module, else a."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            named = {f"{node.module}.{alias.name}" for alias in node.names} & known
            found |= named or {node.module}
    return found & known


def count_casts(tree: ast.Module) -> int:
    """Calls of `typing.cast`; the database library has a `cast` too, which is another."""
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "typing"]
    known = {"typing.cast"} | (
        {"cast"} if any(alias.name == "cast" for node in froms for alias in node.names) else set()
    )
    return sum(ast.unparse(node.func) in known for node in ast.walk(tree) if isinstance(node, ast.Call))


def count_lines(path: Path) -> int:
    """Lines of a file, with comments and empty ones."""
    return path.read_text("utf-8").count("\n")


def read_trees(source: Path) -> dict[str, ast.Module]:
    """The modules of the package by name, without the `__init__.py` files."""
    files = ((name, path) for name, path in _modules(source) if path.name != "__init__.py")
    return {name: ast.parse(path.read_text("utf-8")) for name, path in files}


def _modules(source: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted((source / PACKAGE).rglob("*.py")):
        yield ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__"), path
