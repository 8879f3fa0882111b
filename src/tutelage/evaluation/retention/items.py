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
    unit: str = ""
    """Items of one unit count as one, which passes if all of them do; empty: the item alone."""

    @property
    def counted_as(self) -> str:
        """Id of the unit, by which marks are kept."""
        return self.unit or self.id


def ask_once(text: str) -> Messages:
    """A conversation of one user's turn."""
    return (("user", text),)


def choose_items(
    items: Sequence[AbilityItem], *, limit: int | None, rank: Callable[[AbilityItem], Any]
) -> tuple[AbilityItem, ...]:
    """At most `limit` units, from every kind in turn, those of a kind by `rank`; a larger limit adds to a smaller."""
    firsts = {item.counted_as: item for item in reversed(items)}
    if limit is None or limit >= len(firsts):
        return tuple(items)
    by_kind: dict[str, list[AbilityItem]] = {}
    for item in items:
        if firsts[item.counted_as] is item:
            by_kind.setdefault(item.kind, []).append(item)
    places = {
        item.counted_as: (place, kind)
        for kind, group in enumerate(by_kind.values())
        for place, item in enumerate(sorted(group, key=rank))
    }
    chosen = set(sorted(places, key=lambda unit: places[unit])[:limit])
    return tuple(item for item in items if item.counted_as in chosen)


def abilities_of(items: Iterable[AbilityItem]) -> tuple[str, ...]:
    """The abilities that the items are of, in their order."""
    return tuple(dict.fromkeys(item.ability for item in items))
