"""What of a recipe's choice of segments cannot work, and how much of the pool it leaves."""

from __future__ import annotations

from collections.abc import Iterator

from tutelage.core.errors import UserError
from tutelage.stages.checks.text_sizes import TextSizes
from tutelage.stages.selection.settings import AskSettings
from tutelage.stages.selection.strategies import load_strategy


def ask_problems(ask: AskSettings | None) -> Iterator[str]:
    """Strategies that are not there or named twice, and no limit."""
    if ask is None:
        return
    if not ask.names or len(set(ask.names)) < len(ask.names):
        yield "ask.strategy: name at least one strategy, and each only once."
    for name in ask.names:
        try:
            load_strategy(name)
        except UserError as error:
            yield f"ask.strategy: {error}"
    if not ask.is_limited:
        yield "ask: it does not say how much may be asked about; give share, segments or tokens."


def asked_sizes(ask: AskSettings | None, sizes: TextSizes) -> TextSizes:
    """The sizes with what is left of the pool in its place."""
    if ask is None:
        return sizes
    pool = sizes.of("pool")
    return sizes.with_pool(pool.part(ask.part_of(pool.segments, pool.tokens)))
