"""What patching will ask and train on, before anything is loaded or paid: the worst case, in which all is flagged."""

from __future__ import annotations

from collections.abc import Iterator

from tutelage.core.counts import counted
from tutelage.core.languages import Direction
from tutelage.core.recipe import Recipe
from tutelage.labelling.contexts.written_pairs import plan_draws
from tutelage.labelling.error_words import ErrorWord
from tutelage.labelling.feedback.forms import sample_size
from tutelage.labelling.roles.sentences import WriteSentences
from tutelage.labelling.teachers import choose_teacher, count_pairs_at_once
from tutelage.methods.patching.form import tries_forms
from tutelage.methods.patching.settings import PatchingSettings
from tutelage.stages.checks.asked import (
    AROUND_ANSWER,
    Asked,
    ask_evidence,
    ask_role,
    ask_translation,
    sample_text,
)
from tutelage.stages.checks.asked_roles import (
    CONTEXT,
    ERRORS_PER_SEGMENT,
    WORD,
    ask_analogies,
    ask_analyses,
    ask_edits,
    ask_explanations,
    ask_feedback,
    ask_pairs,
)
from tutelage.stages.checks.text_sizes import TextSize, TextSizes
from tutelage.stages.checks.training_time import training_minutes
from tutelage.stages.outcome import Estimate
from tutelage.stages.rehearsal.estimate import with_rationales
from tutelage.stages.rehearsed_text import ask_rehearsal, rehearsal_size
from tutelage.stages.selection.checks import ask_pilot, asked_sizes

SPARE = 3
"""Sentences translated at most for each context that is retrieved."""


def estimate_patching(settings: PatchingSettings, recipe: Recipe, sizes: TextSizes) -> Estimate:
    """A call for each segment, each error word and each analogous word, in every round that can pose new questions."""
    sizes = sizes.with_pool(sizes.of("post_edits")) if settings.by_people else sizes
    whole, sizes = sizes.of("pool"), asked_sizes(settings.ask, sizes)
    pool = sizes.of("pool")
    asked = [
        *_feedback(settings, recipe, sizes),
        *_explanations(settings, recipe, pool),
        *_extensions(settings, recipe, sizes),
        *ask_evidence(recipe, sizes, teacher=settings.teacher),
    ]
    share = 1.0 if settings.select.share is None else settings.select.share
    per_round = pool.segments / settings.rounds if settings.pool_each_round == "fresh" else pool.segments
    rows = round(share * per_round)
    more = _contexts(settings, pool) + _analogous_words(settings, pool) * settings.analogies.contexts_per_analogy
    if recipe.text.rehearsal is None:
        rows = round(rows * (1 + settings.rehearsal.ratio_for(None))) + more
    else:
        asked += ask_rehearsal(settings.rehearsal, recipe, sizes, others=rows + more, teacher=settings.teacher)
        rows += more + rehearsal_size(settings.rehearsal, sizes, others=rows + more).segments
    words = round(rows * pool.words_per_segment)
    minutes = (settings.rounds + (settings.leave_out or 0)) * training_minutes(
        settings.train, examples=rows, words=words
    )
    notes = tuple(_advice(settings, recipe, pool))
    estimate = Estimate(whole.segments, tuple(one for one in asked if one.calls), rows, minutes, notes)
    return with_rationales(estimate, settings.rationales, settings, recipe, size=pool)


def _advice(settings: PatchingSettings, recipe: Recipe, pool: TextSize) -> Iterator[str]:
    if not tries_forms(settings, recipe):
        return
    teacher = choose_teacher(recipe.teachers, settings.teacher)
    asked = counted(sample_size(pool.segments), "segment is", "segments are")
    yield (
        f'feedback.source: it is "auto", so that {asked} asked about in three forms first. '
        f"`tutelage probe RECIPE --teacher {teacher}` tells beforehand which one suits, to be set here; the "
        "estimate is that of the dearest."
    )


def _feedback(settings: PatchingSettings, recipe: Recipe, sizes: TextSizes) -> Iterator[Asked]:
    """Translations are asked for once; edits, feedback and second opinions again for every new hypothesis."""
    pool, direction = sizes.of("pool"), recipe.direction.direction
    if settings.by_people:
        return
    is_tried = tries_forms(settings, recipe)
    source = "asked" if is_tried else "translated" if settings.feedback.source == "auto" else settings.feedback.source
    if is_tried:
        yield from _trial(settings, recipe, sizes)
    if source == "translated":
        yield ask_translation(pool, of="pool", teacher=settings.teacher, direction=direction)
        if settings.threshold == "measured":
            yield ask_translation(sizes.of("dev"), of="dev", teacher=settings.teacher, direction=direction)
        return
    yield from ask_pilot(settings.ask, sizes, teacher=settings.teacher, direction=direction)
    judged = pool.segments * (settings.rounds if settings.pool_each_round == "same" else 1)
    teacher, second = settings.feedback_teacher, settings.feedback.second
    if source == "edited":
        yield ask_edits(pool, direction, teacher=teacher, calls=judged)
        return
    yield ask_feedback(pool, direction, mode=settings.mode, teacher=teacher, calls=judged)
    if settings.feedback.verified == "second":
        yield ask_feedback(pool, direction, mode=settings.mode, teacher=second, calls=judged, kind="second feedback")
    elif settings.feedback.verified == "round_trip":
        back = Direction(direction.target, direction.source)
        calls = judged * (1 + ERRORS_PER_SEGMENT)
        yield ask_translation(pool, of="hypotheses", teacher=second, direction=back, calls=calls)


def _explanations(settings: PatchingSettings, recipe: Recipe, pool: TextSize) -> Iterator[Asked]:
    """Of what is selected in all rounds, at most."""
    if settings.explains:
        share = 1.0 if settings.select.share is None else settings.select.share
        rounds = settings.rounds if settings.pool_each_round == "same" else 1
        segments, direction = round(rounds * share * pool.segments), recipe.direction.direction
        yield ask_explanations(pool, direction, teacher=settings.feedback_teacher, segments=segments)


def _trial(settings: PatchingSettings, recipe: Recipe, sizes: TextSizes) -> Iterator[Asked]:
    """The forms that are tried before the pool is asked about in one of them."""
    pool, direction, teacher = sizes.of("pool"), recipe.direction.direction, settings.feedback_teacher
    tried = min(pool.segments, sample_size(pool.segments))
    yield ask_translation(pool, of="trial", teacher=settings.teacher, direction=direction, calls=tried)
    yield ask_edits(pool, direction, teacher=teacher, calls=tried)
    yield ask_feedback(pool, direction, mode=settings.mode, teacher=teacher, calls=tried, kind="feedback trial")
    if recipe.text.dev is None:
        back = Direction(direction.target, direction.source)
        yield ask_translation(pool, of="trial back", teacher=settings.teacher, direction=back, calls=4 * tried)


def _extensions(settings: PatchingSettings, recipe: Recipe, sizes: TextSizes) -> Iterator[Asked]:
    """Analyses, contexts and analogies, which every round asks for anew."""
    pool, direction, rounds = sizes.of("pool"), recipe.direction.direction, settings.rounds
    words, analogies = _error_words(settings, pool), _analogous_words(settings, pool)
    if settings.uses_analyses:
        yield ask_analyses(pool, direction, teacher=settings.context_writer, calls=rounds * words)
    if settings.analogies.per_aspect:
        named, teacher = settings.analogies.per_aspect + 1, settings.analogy_teacher
        yield ask_analogies(pool, direction, asked=named, teacher=teacher, calls=rounds * words)
    if analogies and settings.analogies.round_trip:
        calls, teacher = rounds * 2 * analogies, settings.analogies.round_trip
        yield ask_translation(WORD, of="analogies", teacher=teacher, direction=direction, calls=calls)
    for kind, number, each in (
        ("contexts", words, settings.contexts.per_error),
        ("analogy contexts", analogies, settings.analogies.contexts_per_analogy),
    ):
        if number:
            yield from _context_questions(settings, recipe, sizes, kind=kind, words=number, per_word=each)


def _context_questions(
    settings: PatchingSettings, recipe: Recipe, sizes: TextSizes, *, kind: str, words: int, per_word: int
) -> Iterator[Asked]:
    direction, calls, source = recipe.direction.direction, settings.rounds * words, settings.contexts.source
    if source == "pairs":
        writer = settings.context_writer
        at_once = count_pairs_at_once(recipe.teachers, writer)
        draws = plan_draws(settings.contexts.drawn, wanted=per_word, at_once=at_once)
        yield ask_pairs(
            direction, count=draws.count, analysis=settings.contexts.analysis, teacher=writer,
            calls=calls * draws.samples, kind=kind,
        )  # fmt: skip
    if source == "written":
        answer = per_word * (CONTEXT.tokens + AROUND_ANSWER) + AROUND_ANSWER
        word = ErrorWord(sample_text(WORD.tokens), sample_text(WORD.tokens), (), "")
        role = WriteSentences(direction.source, count=per_word)
        yield ask_role(role, word, kind=kind, teacher=settings.context_writer, calls=calls, output_tokens=answer)
        yield ask_translation(CONTEXT, of=kind, teacher=settings.teacher, direction=direction, calls=calls * per_word)
    if source == "retrieved":
        found = sizes.of("sentences")
        calls = settings.rounds * min(found.segments, SPARE * words * per_word)
        yield ask_translation(found, of=kind, teacher=settings.teacher, direction=direction, calls=calls)


def _error_words(settings: PatchingSettings, pool: TextSize) -> int:
    """In one round, `None` if nothing is made of them."""
    if settings.contexts.source == "none":
        return 0
    named = ERRORS_PER_SEGMENT * pool.segments
    return min(named, settings.most_error_words or named)


def _contexts(settings: PatchingSettings, pool: TextSize) -> int:
    return settings.contexts.per_error * _error_words(settings, pool)


def _analogous_words(settings: PatchingSettings, pool: TextSize) -> int:
    named = 2 * settings.analogies.per_aspect * _error_words(settings, pool)
    return min(named, settings.most_analogies or named)
