"""llama.cpp's own converter to GGUF, a program beside this package: where it is, and one call of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tutelage.core.errors import StudentError

VARIABLE = "TUTELAGE_GGUF_CONVERTER"
"""Names the program, or the script `convert_hf_to_gguf.py` of a copy of llama.cpp."""
PROGRAMS = ("convert_hf_to_gguf.py", "convert_hf_to_gguf", "convert-hf-to-gguf")
MISSING = (
    "llama.cpp's converter is not there. Take convert_hf_to_gguf.py of a copy of llama.cpp with what its requirements "
    "name, or install the package convert-hf-to-gguf, which holds it, into an environment of its own (it would replace "
    f"the module gguf of this one), and set {VARIABLE} to the path of the program"
)


def converter_command() -> list[str] | None:
    """How the converter is called; `None` if it is not there."""
    named = os.environ.get(VARIABLE)
    if named:
        return ([sys.executable, named] if named.endswith(".py") else [named]) if Path(named).is_file() else None
    found = next((path for path in map(shutil.which, PROGRAMS) if path), None)
    return [found] if found else None


def convert_to_gguf(student: Path, file: Path, *, outtype: str) -> None:
    """Write the student in a folder as a GGUF file; StudentError with what the converter said if it cannot."""
    command = converter_command()
    if command is None:
        raise StudentError(f"{MISSING}.", where=str(student))
    called = [*command, str(student), "--outfile", str(file), "--outtype", outtype]
    done = subprocess.run(called, capture_output=True, text=True, check=False)
    if done.returncode or not file.is_file():
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        said = lines[-1].strip()[:300] if lines else "it said nothing"
        raise StudentError(
            f"llama.cpp's converter cannot write this student: {said}",
            where=str(student),
            fix="Export to ctranslate2 or transformers.",
        )
