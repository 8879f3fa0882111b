"""Where students are decoded, which the machine's environment says and no recipe: it is no part of what they are."""

from __future__ import annotations

import os

from tutelage.core.errors import UsageError, did_you_mean

VARIABLE = "TUTELAGE_DEVICE"
DEVICES = ("auto", "cpu", "cuda")


def chosen_device() -> str:
    """`cpu`, `cuda`, or `auto`: a GPU if there is one. UsageError for another word."""
    device = os.environ.get(VARIABLE, "") or "auto"
    if device not in DEVICES:
        raise UsageError(f"no device is called '{device}'.", where=VARIABLE, fix=did_you_mean(device, DEVICES))
    return device


def require_gpu(device: str, *, count: int, or_else: str = "") -> None:
    """UsageError if a GPU was chosen and the engine finds none; `or_else` is what may be the reason besides."""
    if device == "cuda" and not count:
        raise UsageError(
            f"students are to be decoded on a GPU, and this machine has none, or no driver for it{or_else}.",
            where=VARIABLE,
            fix="Set it to auto or cpu, or see whether `nvidia-smi` lists a GPU.",
        )
