"""A student's folder whose weights lie between those of two others, without a training (see training/blending.py).

WiSE-FT (Wortsman et al. 2022, arXiv 2109.01903): θ = (1 − α)·θ_before + α·θ_after, weight by weight,
read from the files.
"""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage.core.errors import StudentError
from tutelage.storage.weights import weight_files
from tutelage.students.exports.export import FILE as EXPORT
from tutelage.students.known_words import copy_known_words
from tutelage.students.model_folder import read_config
from tutelage.students.student_folder import SUMMARY, WEIGHT_SUFFIXES

if TYPE_CHECKING:
    from torch import Tensor

_HEADER_SIZE = struct.Struct("<Q")
"""What a safetensors file begins with: the bytes of its header, which is JSON."""
_SAVE = "Save both with the same version of transformers, from the same model, and give these folders."


def blend_folders(before: Path, after: Path, folder: Path, *, share: float) -> None:
    """Write into `folder` the student that lies `share` (0 to 1) of the way from `before` to `after`.

    All but the weights is of `after`, and so is the type in which each is stored; one tensor at a time is held in
    memory. StudentError if these are not two states of one model.
    """
    _require_same_kind(before, after)
    places = {name: file for file in weight_files(before) for name in _names(file)}
    weights = {file.name: file for file in weight_files(after)}
    for name, file in weights.items():
        _blend_file(file, places, folder / name, share=share)
    for path in sorted(after.iterdir()):
        if path.suffix in WEIGHT_SUFFIXES and path.name not in (*weights, SUMMARY, EXPORT):
            shutil.copyfile(path, folder / path.name)
    copy_known_words(after, folder)


def _blend_file(file: Path, places: Mapping[str, Path], out: Path, *, share: float) -> None:
    """The same file with other weights: its header is copied, and the tensors follow in the order that it says."""
    import torch

    with _opened(file) as tensors, file.open("rb") as source, out.open("wb") as stream:
        size = source.read(_HEADER_SIZE.size)
        header = source.read(_HEADER_SIZE.unpack(size)[0])
        stream.write(size + header)
        offsets = {name: told["data_offsets"] for name, told in json.loads(header).items() if name != "__metadata__"}
        for name in sorted(offsets, key=offsets.__getitem__):
            new: Tensor = tensors.get_tensor(name)
            old = _old(name, places, like=new, file=file)
            if new.is_floating_point():
                new = torch.lerp(old.float(), new.float(), share).to(new.dtype)
            stream.write(new.contiguous().reshape(-1).view(torch.uint8).numpy().data)


def _old(name: str, places: Mapping[str, Path], *, like: Tensor, file: Path) -> Tensor:
    if name not in places:
        raise StudentError(f"the old weights have no {name}, the new ones do.", where=str(file), fix=_SAVE)
    with _opened(places[name]) as tensors:
        old: Tensor = tensors.get_tensor(name)
    if old.shape != like.shape:
        shapes = f"{_shape(like)} here and {_shape(old)} in the old weights"
        raise StudentError(f"{name} is {shapes}: these are not two states of one model.", where=str(file), fix=_SAVE)
    return old


def _shape(tensor: Tensor) -> str:
    return " × ".join(str(size) for size in tensor.shape)


def _names(file: Path) -> list[str]:
    with _opened(file) as tensors:
        return list(tensors.keys())


def _opened(file: Path) -> Any:
    from safetensors import SafetensorError, safe_open

    try:
        return safe_open(file, framework="pt")
    except SafetensorError as error:
        raise StudentError(
            f"the weights cannot be read ({error}).", where=str(file), fix="Is the download whole?"
        ) from error


def _require_same_kind(before: Path, after: Path) -> None:
    kinds = [str(read_config(folder).get("model_type")) for folder in (before, after)]
    if kinds[0] != kinds[1]:
        raise StudentError(
            f"a {kinds[1]} is not what a {kinds[0]} becomes by training.",
            where=str(after),
            fix=f"Name with --before the model that it was trained from; {before} is another.",
        )
