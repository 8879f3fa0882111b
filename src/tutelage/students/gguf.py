"""A student out of a GGUF file: dequantised once, with its tokenizer and chat template, into an ordinary folder.

The folder says which file it was made of, for an engine that decodes the file itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

from tutelage.core.errors import MissingExtraError, StudentError
from tutelage.core.signatures import content_key
from tutelage.embedded.smollm2 import find_smollm2
from tutelage.storage.atomic import write_whole
from tutelage.storage.digests import file_digest
from tutelage.students.prepared import prepared_folder
from tutelage.students.student_folder import quiet_transformers

SUFFIX = ".gguf"
EMBEDDED = {"embedded:smollm2": find_smollm2}
"""What finds the GGUF files that installed packages bring, by the student's name."""
ORIGIN = "gguf.origin"
"""What says which file a folder was made of; no part of the student, whose signature is that of its weights."""


@dataclass(frozen=True, slots=True)
class GgufFile:
    """A GGUF file, told by its content."""

    path: Path
    digest: str


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
    return _made_of(path, "gguf", _dequantise)


def describe_gguf(path: Path) -> Path:
    """The folder of the student's config and tokenizer without weights, for an engine that decodes the file itself."""
    return _made_of(path, "gguf-tokenizer", _describe)


def gguf_of(folder: Path) -> GgufFile | None:
    """The GGUF file that a student's folder was made of; `None` if there is none, or one of the two was changed."""
    try:
        told = json.loads((folder / ORIGIN).read_text(encoding="utf-8"))
        file, digest, weights = Path(told["path"]), str(told["sha256"]), told["weights"]
        unchanged = weights == _stamp(folder) and file_digest(file) == digest
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return GgufFile(file, digest) if unchanged else None


def _made_of(path: Path, name: str, write: Callable[[Path, Path], None]) -> Path:
    if find_spec("gguf") is None:
        raise MissingExtraError("gguf", extra="train")
    digest = file_digest(path)
    folder = prepared_folder(name, digest[:16], make=lambda aside: write(path, aside))
    told = json.dumps({"path": str(path.absolute()), "sha256": digest, "weights": _stamp(folder)})
    with suppress(OSError):  # a cache that may only be read
        if not (folder / ORIGIN).is_file() or (folder / ORIGIN).read_text(encoding="utf-8") != told:
            write_whole(folder / ORIGIN, told)
    return folder


def _stamp(folder: Path) -> str:
    """By size and time: links to the same weights have the same one."""
    files = ((file.name, file.stat()) for file in sorted(folder.glob("*.safetensors")))
    return content_key([(name, stat.st_size, stat.st_mtime_ns) for name, stat in files])


def _dequantise(path: Path, folder: Path) -> None:
    import torch
    import transformers

    with _reading(path) as given:
        tokenizer = transformers.AutoTokenizer.from_pretrained(**given)
        model = transformers.AutoModelForCausalLM.from_pretrained(**given, dtype=torch.float32)
    with quiet_transformers():
        _forget_quantisation(model).save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def _describe(path: Path, folder: Path) -> None:
    import transformers

    with _reading(path) as given:
        tokenizer = transformers.AutoTokenizer.from_pretrained(**given)
        config = transformers.AutoConfig.from_pretrained(**given)
    with quiet_transformers():
        config.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


@contextmanager
def _reading(path: Path) -> Iterator[dict[str, Any]]:
    """What transformers is given to read the file; StudentError for whatever a damaged one makes it raise."""
    with quiet_transformers(), redirect_stderr(StringIO()):  # its progress bar knows no switch
        try:
            yield {"pretrained_model_name_or_path": path.parent, "gguf_file": path.name}
        except Exception as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise StudentError(
                f"the GGUF file cannot be read as a student: {reason}",
                where=str(path),
                fix="Give the model's folder with safetensors instead.",
            ) from error


def _forget_quantisation(model: Any) -> Any:
    """The weights are plain numbers by now; without this transformers refuses to save them."""
    model.hf_quantizer, model.is_quantized = None, False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    return model
