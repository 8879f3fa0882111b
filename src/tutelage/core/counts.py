"""Counts of things in words, for messages, pages and logs."""

from __future__ import annotations


def counted(count: float, one: str, several: str = "") -> str:
    """`1 segment`, `1,200 segments`, `0.5 GPUs`; `several` is for words whose plural is not the singular and an s."""
    return f"{count:,.15g} {one if count == 1 else several or f'{one}s'}"
