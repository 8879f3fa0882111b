"""Wrong directions for examples: under which the same source must not give the same target. Pure and seeded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from random import Random

from tutelage.core.languages import Direction, base_language, same_language
from tutelage.core.records import Example, Rejection, name_conflict
from tutelage.methods.language_aware.settings import PolicyName

STAGE = "conflicts"
NO_OTHER = "no_other_direction"


@dataclass(frozen=True, slots=True)
class ConflictSource:
    """Where wrong directions come from."""

    policy: PolicyName
    counts: Mapping[Direction, int]
    """How many examples each direction has: another example's direction is drawn as often as it occurs."""
    zero_shot: tuple[Direction, ...] = ()
    says_source: bool = True
    """Whether the student is told the source's language too; if not, a conflict with the same target is no conflict."""

    def candidates(self, own: Direction) -> dict[Direction, int]:
        """Wrong directions for an example of the direction `own`, and how often each is to be drawn.

        None of them asks for the same again: drawing from the others is drawing anew until one of them comes, as the
        paper's authors do.
        """
        if self.policy == "any-other":
            return {one: count for one, count in self.counts.items() if not self._asks_the_same(one, own)}
        if self.policy == "target-changed":
            return {one: count for one, count in self.counts.items() if changes_target(one, own)}
        given = self.zero_shot if self.policy == "zero-shot-pair" else (Direction(own.target, own.source),)
        return dict.fromkeys((one for one in given if changes_target(one, own)), 1)

    def _asks_the_same(self, drawn: Direction, own: Direction) -> bool:
        """Whether the student is asked for nothing else under the drawn direction."""
        same_source = base_language(drawn.source) == base_language(own.source)
        return not changes_target(drawn, own) and (same_source or not self.says_source)


def draw_conflicts(
    examples: Iterable[Example], source: ConflictSource, *, seed: int, draw: int = 0
) -> Iterator[Example | Rejection]:
    """The same examples, each with the wrong direction drawn for it, and a rejection for each that gets none.

    An example without a conflict stays, as a true sample only. Draws of other numbers have other ids and directions.
    """
    generator = Random(f"{seed}:{draw}")
    candidates = cache(source.candidates)
    for example in examples:
        drawn = _draw(candidates(example.direction), generator)
        own_id = f"{example.id}#{draw + 1}" if draw else example.id
        yield replace(example, id=own_id, conflict=None if drawn is None else name_conflict(drawn))
        if drawn is None:
            yield Rejection(own_id, STAGE, NO_OTHER, provenance=example.provenance)


def changes_target(conflict: Direction, own: Direction) -> bool:
    """Whether the target's language is really another: regions, and members of one macrolanguage, are not."""
    return not same_language(conflict.target, own.target)


@dataclass(frozen=True, slots=True)
class ConflictCount:
    """How many examples have a conflict, and in how many of these the target's language really changed."""

    conflicts: int
    target_changed: int


def count_conflicts(examples: Iterable[Example]) -> ConflictCount:
    """The counts over examples whose conflicts are drawn."""
    directions = ((one.conflict_direction, one.direction) for one in examples)
    changed = [changes_target(conflict, own) for conflict, own in directions if conflict is not None]
    return ConflictCount(len(changed), sum(changed))


def count_directions(examples: Iterable[Example]) -> dict[Direction, int]:
    """How many examples each direction has, in the order in which directions first come."""
    return dict(Counter(example.direction for example in examples))


def _draw(candidates: Mapping[Direction, int], generator: Random) -> Direction | None:
    if not candidates:
        return None
    (drawn,) = generator.choices(list(candidates), weights=list(candidates.values()))
    return drawn
