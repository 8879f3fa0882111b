"""Examples of many directions with one student."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction, base_language
from tutelage.core.records import Example


def encode_by_direction(
    texts: Sequence[str],
    directions: Sequence[Direction],
    encode: Callable[[Sequence[str], Direction], list[list[int]]],
) -> list[list[int]]:
    """Ids of each text, in their order; `encode` is given all the texts of one direction at a time."""
    members: dict[Direction, list[int]] = {}
    for index, direction in enumerate(directions):
        members.setdefault(direction, []).append(index)
    ids: list[list[int]] = [[] for _ in texts]
    for direction, indices in members.items():
        for index, row in zip(indices, encode([texts[index] for index in indices], direction), strict=True):
            ids[index] = row
    return ids


def refuse_other_directions(examples: Sequence[Example], *, own: Direction, conflicts: bool) -> None:
    """StudentError for an example that a student cannot be asked for, because it is never told a direction."""
    for example in examples:
        wrong = example.conflict_direction if conflicts else None
        if wrong is not None or _bases(example.direction) != _bases(own):
            raise StudentError(
                f"this student cannot be told a direction, and example '{example.id}' asks for "
                f"{wrong or example.direction} where its own is {own}.",
                where="student",
                fix="Take NLLB, M2M-100, mBART, a multilingual Marian, T5, or a chat model whose instruction names "
                "{target_language}.",
            )


def _bases(direction: Direction) -> tuple[str, str]:
    return base_language(direction.source), base_language(direction.target)
