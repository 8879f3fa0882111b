"""Adapters that come with a student: a folder that peft wrote, checked against the model and merged into it once."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

from tutelage.core.errors import MissingExtraError, StudentError
from tutelage.core.languages import Direction
from tutelage.core.signatures import content_key
from tutelage.storage.weights import find_pickled
from tutelage.students.prepared import prepared_folder
from tutelage.students.student_folder import quiet_transformers, read_student, save_student, student_signature

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_LAYER = re.compile(r"^base_model\.model\.(?P<layer>.+)\.lora_(?P<side>[AB])(?:\.[^.]+)?\.weight$")
_UNSET = Direction("en", "en")
"""Merging does not depend on languages."""


def find_adapter(name: str) -> Path:
    """The folder of an adapter; StudentError if it is none."""
    folder = Path(name).expanduser()
    missing = [file for file in (CONFIG, WEIGHTS) if not (folder / file).is_file()]
    if missing:
        raise StudentError(
            f"there is no {' and no '.join(missing)} in this folder.", where=str(folder), fix=_adapter_fix(folder)
        )
    return folder


def _adapter_fix(folder: Path) -> str:
    if (folder / CONFIG).is_file() and find_pickled(folder):
        return f"{find_pickled(folder)} can run code when it is loaded and is not read: save it with peft again."
    if (folder / "config.json").is_file():
        return "It is a whole model: give it as student.model, without an adapter."
    return "An adapter is a folder that peft's save_pretrained wrote."


def merge_adapter(base: Path, adapter: Path) -> Path:
    """The folder of the student `base` with the adapter merged in, made once for the content of both."""
    key = content_key(student_signature(base), student_signature(adapter))
    return prepared_folder("merged", key, make=lambda aside: _merge(base, adapter, aside))


def adapter_mismatch(shapes: dict[str, tuple[int, ...]], layers: dict[str, tuple[int, int]]) -> str:
    """Why an adapter cannot be one of a model, or nothing.

    `shapes` are those of the adapter's tensors by name, `layers` (inputs, outputs) of the model's linear layers.
    """
    for name, shape in shapes.items():
        found = _LAYER.match(name)
        if not found:
            continue
        layer = found["layer"]
        if layer not in layers:
            return f"it changes the layer {layer}, which this model does not have"
        inputs, outputs = layers[layer]
        wanted, given = (inputs, shape[-1]) if found["side"] == "A" else (outputs, shape[0])
        if wanted != given:
            side = "inputs" if found["side"] == "A" else "outputs"
            return f"its layer {layer} has {given} {side}, the model's has {wanted}"
    return ""


def _merge(base: Path, adapter: Path, folder: Path) -> None:
    try:
        import peft
    except ImportError as error:
        raise MissingExtraError("peft", extra="train") from error
    student = read_student(base, direction=_UNSET)
    _require_match(student.model, adapter)
    try:
        with quiet_transformers():
            # a layer whose weights are missing would be left as it is, without a word in the report
            warnings.filterwarnings("error", message="Found missing adapter keys")
            model = peft.PeftModel.from_pretrained(student.model, str(adapter))
    except Exception as error:  # a damaged file makes the library fail in any way
        reason = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        raise StudentError(
            f"the adapter cannot be read: {reason}", where=str(adapter), fix="Is the download whole?"
        ) from error
    save_student(replace(student, model=model), folder)


def _require_match(model: Any, adapter: Path) -> None:
    import torch
    from safetensors import SafetensorError, safe_open

    layers = {
        name: (module.in_features, module.out_features)
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear)
    }
    try:
        with safe_open(adapter / WEIGHTS, framework="pt") as tensors:
            shapes = {name: tuple(tensors.get_slice(name).get_shape()) for name in tensors.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise StudentError(f"the adapter cannot be read ({error}).", where=str(adapter / WEIGHTS)) from error
    mismatch = adapter_mismatch(shapes, layers)
    if mismatch:
        raise StudentError(
            f"this adapter belongs to another base model ({_base_name(adapter)}): {mismatch}.",
            where=str(adapter),
            fix="Give the model that it was trained on as student.model.",
        )


def _base_name(adapter: Path) -> str:
    try:
        config = json.loads((adapter / CONFIG).read_text(encoding="utf-8"))
        return str(config["base_model_name_or_path"] or "not named")
    except (KeyError, TypeError):
        return "not named"
    except (ValueError, RecursionError) as error:
        raise StudentError(f"this is not JSON: {error}.", where=str(adapter / CONFIG)) from error
