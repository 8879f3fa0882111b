"""What demonstrating takes: the calls of patching in its roles, once, and demonstrations to train on."""

from __future__ import annotations

from tutelage.methods.patching.estimate import (
    ANALOGY_TOKENS,
    ANALYSIS_TOKENS,
    CONTEXT_WORDS,
    FEEDBACK_TOKENS,
    PAIRS_TOKENS,
    TOKENS_PER_WORD,
    Asked,
)
from tutelage.methods.train_patcher.settings import TrainPatcherSettings
from tutelage.stages.checks.training_time import training_minutes
from tutelage.stages.context import Estimate

ERRORS_PER_SEGMENT = 2
WORDS_PER_DEMONSTRATION = 200
"""Of a question and its answer, most of them the instruction's."""


def estimate_train_patcher(settings: TrainPatcherSettings, *, pool_segments: int, pool_words: int) -> Estimate:
    """A call for each segment, and for each error word one in each further role that is learned."""
    length, roles = pool_words / max(pool_segments, 1), set(settings.roles)
    words = min(settings.max_errors, ERRORS_PER_SEGMENT * pool_segments)
    asked = [Asked(pool_segments, FEEDBACK_TOKENS + 2 * TOKENS_PER_WORD * length)]
    if roles & {"analyse", "contexts"}:
        asked.append(Asked(words, ANALYSIS_TOKENS + TOKENS_PER_WORD * length))
    if settings.writes_contexts:
        asked.append(Asked(words, PAIRS_TOKENS + TOKENS_PER_WORD * CONTEXT_WORDS * settings.contexts.per_error))
    if "analogies" in roles:
        asked.append(Asked(words, ANALOGY_TOKENS + 2 * TOKENS_PER_WORD * length))
    demonstrated = pool_segments * ("feedback" in roles) + words * len(roles - {"feedback"})
    rows = round((1 - settings.held_out) * demonstrated)
    return Estimate(
        pool_segments,
        sum(one.calls for one in asked),
        round(sum(one.calls * one.tokens for one in asked)),
        rows,
        training_minutes(settings.train, examples=rows, words=rows * WORDS_PER_DEMONSTRATION),
    )
