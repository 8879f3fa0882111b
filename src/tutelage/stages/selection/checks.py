"""What of a recipe's choice of segments cannot work, and how much of the pool it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from tutelage.core.errors import MissingExtraError, UserError
from tutelage.core.languages import Direction
from tutelage.embeddings.opening import MODEL2VEC
from tutelage.stages.checks.asked import Asked, ask_translation
from tutelage.stages.checks.engine_checks import search_problems
from tutelage.stages.checks.text_sizes import TextSizes
from tutelage.stages.selection.settings import AskSettings
from tutelage.stages.selection.strategies import load_strategy


def ask_problems(ask: AskSettings | None, *, engine: str) -> Iterator[str]:
    """Strategies that are not there, named twice or not for the student's engine, and no limit."""
    if ask is None:
        return
    if not ask.names or len(set(ask.names)) < len(ask.names):
        yield "ask.strategy: name at least one strategy, and each only once."
    for name in ask.names:
        try:
            strategy = load_strategy(name)
        except UserError as error:
            yield f"ask.strategy: {error}"
            continue
        if "neighbours" in strategy.reads:
            yield from _embedder_problems(ask.embedder)
        if "agreements" in strategy.reads:
            yield from search_problems(engine, place="ask.strategy", fix=f"Leave out '{name}', which reads a beam")
    if not ask.is_limited:
        yield "ask: it does not say how much may be asked about; give share, segments or tokens."
    if ask.pilot is not None and "random" in ask.names:
        yield (
            "ask.pilot: it learns from the scores of strategies, and a random one tells nothing. Set "
            'ask.strategy = ["confidence", "rarity", "length"], for instance.'
        )


def _embedder_problems(embedder: str) -> Iterator[str]:
    module = "model2vec" if embedder.startswith(MODEL2VEC) else "sentence_transformers"
    if find_spec(module) is None:
        yield f"ask.embedder: {MissingExtraError(module, extra='paraphrase')}"


def asked_sizes(ask: AskSettings | None, sizes: TextSizes) -> TextSizes:
    """The sizes with what is left of the pool in its place."""
    if ask is None:
        return sizes
    pool = sizes.of("pool")
    return sizes.with_pool(pool.part(ask.part_of(pool.segments, pool.tokens)))


def ask_pilot(
    ask: AskSettings | None, sizes: TextSizes, *, teacher: str | None, direction: Direction
) -> Iterator[Asked]:
    """What a pilot asks where its translations are not those that the step needs anyway; `sizes` as they are drawn."""
    if ask is not None and ask.pilot is not None:
        pool = sizes.of("pool")
        calls = round(ask.pilot * pool.segments)
        yield ask_translation(pool, of="pilot", teacher=teacher, direction=direction, calls=calls)
