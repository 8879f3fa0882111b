"""Tokenised examples in a folder: made once, mapped by every process that trains on them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np

from tutelage.storage.atomic import kept_folder
from tutelage.storage.manifest import is_intact
from tutelage.training.processes import is_first_process
from tutelage.training.tokenised import TokenisedExamples

LOOK_SECONDS = 0.2


def kept_tokens(folder: Path, make: Callable[[Path], TokenisedExamples]) -> TokenisedExamples:
    """What `make` gives, now or when it was asked first; it is told a folder for files.

    The first of several processes makes it, and the others wait until it is there.
    """
    if is_first_process():
        kept_folder(folder, lambda aside: _save(make(aside / "raw"), aside))
    else:
        while not is_intact(folder):
            time.sleep(LOOK_SECONDS)
    return TokenisedExamples(*(np.load(_file(folder, one.name), mmap_mode="r") for one in fields(TokenisedExamples)))


def _save(examples: TokenisedExamples, folder: Path) -> None:
    for one in fields(TokenisedExamples):
        np.save(_file(folder, one.name), getattr(examples, one.name), allow_pickle=False)
    shutil.rmtree(folder / "raw")


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.npy"
