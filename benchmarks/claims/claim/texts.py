"""Texts in files of their own, written once: no run of a claim reads the large ones, and their keys stay."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tutelage.core.records import Pair, Segment


def use_text(use: str, items: Iterable[Pair | Segment], path: Path) -> str:
    """The override that makes the items the text for a use; they are not drawn where the file is there."""
    if not path.is_file():
        unfinished = path.with_suffix(".unfinished")
        write_text(unfinished, items)
        unfinished.replace(path)
    return f"text.{use}={{ path = {json.dumps(str(path))} }}"


def write_text(path: Path, items: Iterable[Pair | Segment]) -> None:
    """Parallel or monolingual text as JSON Lines; ids stay."""
    with path.open("w", encoding="utf-8") as file:
        for item in items:
            file.write(json.dumps(_row(item), ensure_ascii=False) + "\n")


def _row(item: Pair | Segment) -> dict[str, str | None]:
    if isinstance(item, Segment):
        return {"id": item.id, "src": item.text, "doc": item.document}
    return {"id": item.id, "src": item.source.text, "tgt": item.target.text, "doc": item.source.document}
