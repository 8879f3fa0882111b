"""The suite: which items are asked, and the signature that says so in every score."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tutelage.core.signatures import content_key
from tutelage.evaluation.retention import arithmetic, facts, instructions, reasoning, refusals
from tutelage.evaluation.retention.items import AbilityItem, choose_items

VERSION = 2
"""Of the checks; raised when one judges otherwise than before, so that scores are not mixed."""
SEED = 1
"""Of the composed items; apart from a recipe's seed, so that all runs are asked the same."""
BUILT_IN: dict[str, Callable[[], tuple[AbilityItem, ...]]] = {
    instructions.ABILITY: lambda: instructions.instruction_items(seed=SEED),
    arithmetic.ABILITY: lambda: arithmetic.arithmetic_items(seed=SEED),
    facts.ABILITY: facts.fact_items,
    refusals.RAW: lambda: refusals.refusal_items(refusals.RAW),
    refusals.WRAPPED: lambda: refusals.refusal_items(refusals.WRAPPED),
    refusals.HARMLESS: lambda: refusals.refusal_items(refusals.HARMLESS),
}
"""How the items of each ability are made."""


@dataclass(frozen=True, slots=True)
class Suite:
    """What is asked."""

    items: tuple[AbilityItem, ...]
    signature: str


def build_suite(
    abilities: Sequence[str],
    *,
    limit: int | None = None,
    sums: int = arithmetic.COUNT,
    max_answer_tokens: int = 192,
    datasets: Mapping[str, int] | None = None,
) -> Suite:
    """The items of the abilities, at most `limit` of each, and those of reasoning-gym's `datasets`.

    `sums` is how many tasks of arithmetic there are to choose from.

    MissingExtraError if datasets are asked for and the package is missing.
    """
    made = {ability: BUILT_IN[ability]() for ability in abilities}
    if arithmetic.ABILITY in made:
        made[arithmetic.ABILITY] = arithmetic.arithmetic_items(seed=SEED, count=sums)
    groups = [choose_items(items, limit=limit, rank=_rank) for items in made.values()]
    if datasets:
        groups.append(reasoning.reasoning_items(datasets, seed=SEED))
    items = tuple(_limited(item, max_answer_tokens) for group in groups for item in group)
    return Suite(items, sign_items(items))


def sign_items(items: Iterable[AbilityItem]) -> str:
    """Version and content key of the items: their texts, their checks and how long an answer may be."""
    return f"abilities:{VERSION}|items:{content_key(list(items))}"


def _limited(item: AbilityItem, max_answer_tokens: int) -> AbilityItem:
    return replace(item, max_answer_tokens=min(item.max_answer_tokens, max_answer_tokens))


def _rank(item: AbilityItem) -> str:
    """A fixed order that has nothing to do with the order of writing."""
    return hashlib.sha256(item.id.encode()).hexdigest()
