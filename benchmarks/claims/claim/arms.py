"""An arm of a claim: what it sets in the recipe that all arms share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm: its name in the table, and its overrides of the shared recipe."""

    name: str
    overrides: tuple[str, ...]
    like: str = ""
    """Arm that this one is held to, filled in when that one is done."""
    held: str = ""
    """What is held equal, such as `words` or `updates`."""


def choose_arms(arms: Sequence[Arm], wanted: Sequence[str]) -> list[Arm]:
    """The arms whose names hold one of the words, and those that they are held to; all if nothing is wanted."""
    chosen = {arm.name for arm in arms if not wanted or any(word in arm.name for word in wanted)}
    for arm in reversed(arms):
        if arm.name in chosen and arm.like:
            chosen.add(arm.like)
    return [arm for arm in arms if arm.name in chosen]
