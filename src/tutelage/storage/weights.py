"""Weights in a folder, seen by its files alone: safetensors, and an index that names nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PICKLED = ("pytorch_model*.bin", "*.pt", "*.pth", "*.ckpt", "adapter_model.bin")
"""What can run code when it is loaded, and is never read."""


def find_pickled(folder: Path) -> str | None:
    """The name of a file with pickled weights, or `None`."""
    return next((path.name for pattern in PICKLED for path in sorted(folder.glob(pattern))), None)


def index_problem(folder: Path) -> str | None:
    """Why an index of safetensors in the folder may not be followed, or `None`: `NAME: what is wrong with it`."""
    for path in sorted(folder.glob("*.safetensors.index.json")):
        problem = _index_problem(path)
        if problem:
            return f"{path.name}: {problem}"
    return None


def _index_problem(path: Path) -> str | None:
    try:
        index: Any = json.loads(path.read_text(encoding="utf-8"))
        names = set(index["weight_map"].values())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "it is damaged; it should say which file holds which weights."
    for name in sorted(names, key=str):
        if not isinstance(name, str) or Path(name).name != name or "\\" in name:
            return f"it names '{name}', which is no file of this folder, and is not followed."
        if not name.endswith(".safetensors"):
            return f"it names '{name}', which is no safetensors file; pickled weights can run code and are not read."
        if not (path.parent / name).is_file():
            return f"it names '{name}', which is not there; is the download whole?"
    return None


def weight_files(folder: Path) -> list[Path]:
    """The safetensors of a folder's own weights, without those of an adapter beside them."""
    return sorted(path for path in folder.glob("*.safetensors") if not path.name.startswith("adapter_"))
