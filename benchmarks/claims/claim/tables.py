"""Markdown that the tables of several claims share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.claims.claim.run import step_folder


def join_blocks(blocks: Iterable[Iterable[str]]) -> str:
    """Tables and notes, each an iterable of lines, with a blank line between them; a table without rows is left out."""
    found = [list(lines) for lines in blocks]
    return "\n\n".join("\n".join(lines) for lines in found if lines and not lines[-1].startswith("|--"))


def describe_run(folder: Path, *told: str) -> str:
    """What a table is of: what is `told` of it, the version and the machine."""
    state = json.loads((folder / "run.json").read_text())
    return "; ".join((*told, f"tutelage {state['tutelage']}", f"{state['machine']}."))


def describe_means(folders: Sequence[Path]) -> str:
    """What a table of means over seeds is of, by the runs of one arm."""
    (first, *_) = read_evidence(folders[0], "scores")
    return describe_run(folders[0], f"Means over {len(folders)} seed(s); student {first['signature']}")


def read_evidence(folder: Path, name: str) -> list[dict[str, Any]]:
    """The `scores` or `comparisons` of a run."""
    found: list[dict[str, Any]] = json.loads((step_folder(folder) / f"{name}.json").read_text())[name]
    return found
