"""What a folder holds, told by its files alone: a model that can be loaded, or what it is instead and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tutelage.core.errors import StudentError
from tutelage.storage.weights import find_pickled, index_problem, weight_files

CONVERT = (
    "If you trust its source, convert it once with transformers, whose save_pretrained writes safetensors, and give "
    "the new folder; docs/guide.md has the lines under 'The student'."
)
ADAPTER = "adapter_config.json"
_TOKENIZERS = (
    ("tokenizer.json",), ("tokenizer.model",), ("spiece.model",), ("sentencepiece.bpe.model",),
    ("vocab.json", "merges.txt"), ("vocab.txt",), ("vocab.json", "source.spm", "target.spm"),
)  # fmt: skip
"""Files of which a tokenizer is made; one of these sets is enough."""
_OTHER_WEIGHTS = {
    "*.onnx": "an ONNX model",
    "tf_model.h5": "a TensorFlow model",
    "flax_model*.msgpack": "a Flax model",
    "*.npz": "a model of Marian's own format",
    "*.gguf": "GGUF weights",
}


def require_model(folder: Path) -> None:
    """StudentError for a folder that cannot be a student's, with what it is and what to do."""
    for what, fix in _problems(folder):
        raise StudentError(what, where=str(folder), fix=fix)


def read_config(folder: Path) -> dict[str, Any]:
    """The model's config; StudentError for one that is damaged."""
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise StudentError(f"this is not JSON: {error}.", where=str(path), fix="Is the download whole?") from error
    if not isinstance(config, dict):
        raise StudentError("this is no model's config.", where=str(path), fix="Is the download whole?")
    return config


def _problems(folder: Path) -> Iterator[tuple[str, str]]:
    """What keeps the folder from being a student's, the most telling first."""
    if not any(folder.iterdir()):
        yield "this folder is empty.", "Give the folder of a model, or its name on the hub."
    if (folder / ADAPTER).is_file() and not weight_files(folder):
        yield _adapter(folder)
    if _is_ctranslate2(folder):
        yield (
            "this is a model converted for CTranslate2, which can be decoded but not trained.",
            "Give the model's folder as transformers saves it; it is converted here when it is decoded.",
        )
    if not (folder / "config.json").is_file():
        yield _without_config(folder)
    read_config(folder)
    problem = index_problem(folder)
    if problem:
        yield problem, "Give a model whose weights are all in safetensors files of its own folder."
    if not weight_files(folder):
        yield _without_weights(folder)
    missing = _missing_tokenizer(folder)
    if missing:
        yield f"the tokenizer is not whole: {missing}.", "Copy the tokenizer's files from where the model came from."


def _adapter(folder: Path) -> tuple[str, str]:
    try:
        base = json.loads((folder / ADAPTER).read_text(encoding="utf-8"))["base_model_name_or_path"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        base = None
    named = f" '{base}'" if isinstance(base, str) and base else ""
    return (
        "this is an adapter (LoRA) without its base model.",
        f"Give its base model{named} as student.model, and this folder as student.adapter.",
    )


def _is_ctranslate2(folder: Path) -> bool:
    return (folder / "model.bin").is_file() and any(folder.glob("*vocabulary.*")) and not weight_files(folder)


def _without_config(folder: Path) -> tuple[str, str]:
    gguf = next(iter(sorted(folder.glob("*.gguf"))), None)
    if gguf is not None:
        return "this folder holds GGUF weights.", f"Give the file itself: {gguf}"
    if (folder / "run.json").is_file():
        return (
            "this is the folder of a run and not of a model.",
            "Give the student that it promoted, such as 01-patching/student in it.",
        )
    inner = sorted(path.parent.name for path in folder.glob("*/config.json"))
    fix = f"Did you mean '{folder / inner[0]}'?" if inner else "Is it a model folder?"
    return "there is no config.json in this folder.", fix


def _without_weights(folder: Path) -> tuple[str, str]:
    pickled = find_pickled(folder)
    if pickled:
        return (
            f"there are no safetensors in this folder, only {pickled}, which can run code when it is loaded and is "
            "not read.",
            CONVERT,
        )
    other = next((what for pattern, what in _OTHER_WEIGHTS.items() if any(folder.glob(pattern))), None)
    if other:
        return f"there are no safetensors in this folder, only {other}.", CONVERT
    return "there are no weights (model.safetensors) in this folder.", "Is the download whole?"


def _missing_tokenizer(folder: Path) -> str | None:
    """Which of the tokenizer's files are not there, in a few words; `None` if it can be made."""
    if read_config(folder).get("model_type") == "marian":
        missing = [name for name in ("vocab.json", "source.spm", "target.spm") if not (folder / name).is_file()]
        return f"there is no {' and no '.join(missing)}" if missing else None
    if any(all((folder / name).is_file() for name in names) for names in _TOKENIZERS) or _reads_bytes(folder):
        return None
    return "there is no tokenizer.json, and no other vocabulary"


def _reads_bytes(folder: Path) -> bool:
    """Whether the tokenizer needs no files, as ByT5's."""
    try:
        text = (folder / "tokenizer_config.json").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return "ByT5Tokenizer" in text
