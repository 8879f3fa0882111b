"""One item of the abilities suite: a conversation, and what its answer must be like."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Messages = tuple[tuple[str, str], ...]
"""(role, content) of each turn."""


@dataclass(frozen=True, slots=True)
class Check:
    """A rule by name, with its arguments."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AbilityItem:
    """A question to a student; its answer passes if every check holds."""

    id: str
    ability: str
    kind: str
    """Grade or form inside the ability; a limited suite takes from all kinds alike."""
    messages: Messages
    checks: tuple[Check, ...]
    max_answer_tokens: int


def ask_once(text: str) -> Messages:
    """A conversation of one user's turn."""
    return (("user", text),)


def choose_items(
    items: Sequence[AbilityItem], *, limit: int | None, rank: Callable[[AbilityItem], Any]
) -> tuple[AbilityItem, ...]:
    """At most `limit` items, from every kind in turn, those of a kind by `rank`; a larger limit adds to a smaller."""
    if limit is None or limit >= len(items):
        return tuple(items)
    by_kind: dict[str, list[AbilityItem]] = {}
    for item in items:
        by_kind.setdefault(item.kind, []).append(item)
    places = {
        item.id: (place, kind)
        for kind, group in enumerate(by_kind.values())
        for place, item in enumerate(sorted(group, key=rank))
    }
    chosen = {item.id for item in sorted(items, key=lambda item: places[item.id])[:limit]}
    return tuple(item for item in items if item.id in chosen)


def abilities_of(items: Iterable[AbilityItem]) -> tuple[str, ...]:
    """The abilities that the items are of, in their order."""
    return tuple(dict.fromkeys(item.ability for item in items))
