"""Rough figures of what training will take, for the estimate before a run."""

from __future__ import annotations

from tutelage.core.settings import TrainSettings

TOKENS_PER_WORD = 1.6
"""Measured with the embedded student's vocabulary on Portuguese software text."""
TARGET_TOKENS_PER_SECOND = 4000.0
"""The embedded student (7.6 M weights) on one core with bfloat16 units; larger students are slower in proportion."""
TYPICAL_PASSES = 10.0
"""Where training ends when the dev score stops rising."""


def training_minutes(settings: TrainSettings, *, examples: int, words: int) -> float:
    """Minutes to train on so many examples with so many target words, for a student of the embedded one's size."""
    tokens = words * TOKENS_PER_WORD * (settings.epochs or TYPICAL_PASSES)
    if settings.max_updates is not None:
        tokens = settings.max_updates * settings.accumulation * settings.batch_tokens
    return tokens / TARGET_TOKENS_PER_SECOND / 60 if examples else 0.0
