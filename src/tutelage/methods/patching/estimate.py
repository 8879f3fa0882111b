"""What patching will ask and train on, before anything is loaded or paid: the worst case, in which all is flagged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tutelage.methods.patching.settings import PatchingSettings
from tutelage.stages.checks.training_time import training_minutes
from tutelage.stages.context import Estimate
from tutelage.stages.rehearsal.estimate import with_rationales

TOKENS_PER_WORD = 2.6
"""Of a translation: what goes in and what comes out, for each source word."""
CONTEXT_WORDS = 15
"""Of a sentence that is retrieved or written."""

FEEDBACK_TOKENS, ANALYSIS_TOKENS, PAIRS_TOKENS, ANALOGY_TOKENS = 800, 300, 350, 400
"""Of a prompt and of what surrounds the texts in its answer."""
ERRORS_PER_SEGMENT = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """Calls of one kind, and the tokens of one of them."""

    calls: int
    tokens: float


def estimate_patching(settings: PatchingSettings, *, pool_segments: int, pool_words: int) -> Estimate:
    """A call for each segment, each error word and each analogous word, in every round that can pose new questions."""
    length = pool_words / max(pool_segments, 1)
    asked = [*_feedback(settings, pool_segments, length), *_extensions(settings, length)]
    calls = sum(one.calls for one in asked)
    tokens = round(sum(one.calls * one.tokens for one in asked))
    share = 1.0 if settings.select.share is None else settings.select.share
    per_round = pool_segments / settings.rounds if settings.pool_each_round == "fresh" else pool_segments
    rows = round(share * per_round * (1 + settings.rehearsal.ratio)) + _contexts(settings) + _analogy_contexts(settings)
    minutes = settings.rounds * training_minutes(settings.train, examples=rows, words=round(rows * length))
    estimate = Estimate(pool_segments, calls, tokens, rows, minutes)
    return with_rationales(estimate, settings.rationales, settings, words_per_segment=length)


def _feedback(settings: PatchingSettings, segments: int, length: float) -> Iterator[Asked]:
    """References are asked for once; feedback and its second opinion again for every new hypothesis."""
    if settings.feedback.source == "reference":
        yield Asked(segments, TOKENS_PER_WORD * length)
        return
    judged = segments * (settings.rounds if settings.pool_each_round == "same" else 1)
    yield Asked(judged, FEEDBACK_TOKENS + 2 * TOKENS_PER_WORD * length)
    if settings.feedback.verified == "second":
        yield Asked(judged, FEEDBACK_TOKENS + 2 * TOKENS_PER_WORD * length)
    elif settings.feedback.verified == "round_trip":
        yield Asked(judged * (1 + ERRORS_PER_SEGMENT), TOKENS_PER_WORD * length)


def _extensions(settings: PatchingSettings, length: float) -> Iterator[Asked]:
    """Analyses, contexts and analogies, which every round asks for anew."""
    rounds, words = settings.rounds, settings.contexts.max_errors
    if settings.uses_analyses:
        yield Asked(rounds * words, ANALYSIS_TOKENS + TOKENS_PER_WORD * length)
    analogies = _analogous_words(settings)
    if analogies:
        yield Asked(rounds * words, ANALOGY_TOKENS + 2 * TOKENS_PER_WORD * length)
    if analogies and settings.analogies.round_trip:
        yield Asked(rounds * 2 * analogies, 2 * TOKENS_PER_WORD)
    sentence = TOKENS_PER_WORD * CONTEXT_WORDS
    for asked, per_word in ((words, settings.contexts.per_error), (analogies, settings.analogies.contexts_per_analogy)):
        if settings.contexts.source in ("pairs", "written"):
            yield Asked(rounds * asked, PAIRS_TOKENS + sentence * per_word)
        if settings.contexts.source in ("retrieved", "written"):
            yield Asked(rounds * asked * per_word, sentence)


def _contexts(settings: PatchingSettings) -> int:
    return 0 if settings.contexts.source == "none" else settings.contexts.per_error * settings.contexts.max_errors


def _analogous_words(settings: PatchingSettings) -> int:
    named = 2 * settings.analogies.per_aspect * settings.contexts.max_errors
    return min(named, settings.analogies.max_words)


def _analogy_contexts(settings: PatchingSettings) -> int:
    return _analogous_words(settings) * settings.analogies.contexts_per_analogy
