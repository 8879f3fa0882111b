"""Students by their names: from the hub, from a folder, from a GGUF file or from the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from tutelage.core.errors import MissingExtraError, StudentError, did_you_mean
from tutelage.core.languages import Direction
from tutelage.storage.run_folder import RUN_FILE
from tutelage.students.adapter_folders import find_adapter, merge_adapter
from tutelage.students.gguf import EMBEDDED as EMBEDDED_GGUF
from tutelage.students.gguf import dequantise, find_gguf, is_gguf
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.model_folder import CONVERT, require_model
from tutelage.students.promoted import promoted_student
from tutelage.students.student_folder import WEIGHT_SUFFIXES, read_student

EMBEDDED_PREFIX = "embedded:"


def locate_student(name: str, *, adapter: str | None = None) -> Path:
    """The folder of a student: `embedded:NAME`, a folder, a run's (its promoted student), a GGUF file, or a hub name.

    A GGUF file is dequantised, and an `adapter` (a folder that peft wrote) merged, once into a cache.
    """
    if adapter is not None:
        return merge_adapter(locate_student(name), find_adapter(adapter))
    if is_gguf(name):
        return dequantise(find_gguf(name))
    if name.startswith(EMBEDDED_PREFIX):
        return _locate_embedded(name.removeprefix(EMBEDDED_PREFIX))
    folder = Path(name).expanduser()
    if (folder / RUN_FILE).is_file():
        return promoted_student(folder)
    if folder.is_dir():
        require_model(folder)
        return folder
    if name.startswith((".", "/", "~")) or name.count("/") != 1:
        raise StudentError(
            f"there is no model folder '{name}'.",
            fix="Give a folder, a GGUF file, a hub name (organisation/model) or 'embedded:en-pt'.",
        )
    return _download(name)


def _locate_embedded(name: str) -> Path:
    root = Path(str(files("tutelage.embedded")))
    folder = root / name
    if not (folder / "config.json").is_file():
        shipped = [*(path.parent.name for path in root.glob("*/config.json")), *EMBEDDED_GGUF]
        raise StudentError(f"no embedded student is called '{name}'.", fix=did_you_mean(name, shipped))
    return folder


def _download(name: str) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise MissingExtraError("huggingface_hub", extra="train") from error
    wanted = [f"*{suffix}" for suffix in sorted(WEIGHT_SUFFIXES)]
    try:
        folder = Path(snapshot_download(name, allow_patterns=wanted))
    except Exception as error:
        raise StudentError(
            f"'{name}' is not a folder here, and the hub did not give it ({type(error).__name__}).",
            where="student",
            fix="Check the name and the network, or download the model and give its folder.",
        ) from error
    if not any(folder.glob("*.safetensors")):
        raise StudentError(
            "this model has no safetensors on the hub, most likely only pytorch_model.bin, which can run code when it "
            "is loaded and is not read.",
            where=name,
            fix=CONVERT,
        )
    require_model(folder)
    return folder


def load_student(name: str, *, direction: Direction) -> AnyStudent:
    """A student from `name` (see `locate_student`) in float32; only safetensors, never code from the model's folder."""
    return read_student(locate_student(name), direction=direction)
