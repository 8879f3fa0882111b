"""A student out of a GGUF file: dequantised once, with its tokenizer and chat template, into an ordinary folder."""

from __future__ import annotations

import hashlib
from contextlib import redirect_stderr
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

from tutelage.core.errors import MissingExtraError, StudentError
from tutelage.embedded.smollm2 import find_smollm2
from tutelage.students.prepared import prepared_folder
from tutelage.students.student_folder import quiet_transformers

SUFFIX = ".gguf"
EMBEDDED = {"embedded:smollm2": find_smollm2}
"""What finds the GGUF files that installed packages bring, by the student's name."""


def is_gguf(name: str) -> bool:
    """Whether a student's name means a GGUF file."""
    return name.lower().endswith(SUFFIX) or name in EMBEDDED


def find_gguf(name: str) -> Path:
    """The GGUF file; StudentError if it is not there, MissingModelError for an embedded one that is not installed."""
    if name in EMBEDDED:
        return EMBEDDED[name]()
    path = Path(name).expanduser()
    if not path.is_file():
        raise StudentError("there is no such GGUF file.", where=name, fix="Give the path of a .gguf file.")
    with path.open("rb") as stream:
        if stream.read(4) != b"GGUF":
            raise StudentError("this is not a GGUF file.", where=name, fix="Is the download whole?")
    return path


def dequantise(path: Path) -> Path:
    """The folder of the dequantised student (float32), made once for the file's content."""
    if find_spec("gguf") is None:
        raise MissingExtraError("gguf", extra="train")
    with path.open("rb") as stream:
        key = hashlib.file_digest(stream, "sha256").hexdigest()[:16]
    return prepared_folder("gguf", key, make=lambda aside: _dequantise(path, aside))


def _dequantise(path: Path, folder: Path) -> None:
    import torch
    import transformers

    given = {"pretrained_model_name_or_path": path.parent, "gguf_file": path.name}
    with quiet_transformers(), redirect_stderr(StringIO()):  # its progress bar knows no switch
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(**given)
            model = transformers.AutoModelForCausalLM.from_pretrained(**given, dtype=torch.float32)
        except Exception as error:  # a damaged file makes the reader fail in any way
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise StudentError(
                f"the GGUF file cannot be read as a student: {reason}",
                where=str(path),
                fix="Give the model's folder with safetensors instead.",
            ) from error
        _forget_quantisation(model).save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def _forget_quantisation(model: Any) -> Any:
    """The weights are plain numbers by now; without this transformers refuses to save them."""
    model.hf_quantizer, model.is_quantized = None, False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    return model
