"""Context pairs that a chat teacher writes whole, from an analysis and a word with its correction (the paper's way)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tutelage.core.records import Pair, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.labelling.error_words import ErrorWord
from tutelage.labelling.roles.contexts import ContextQuestion, WritePairs, usable_pairs
from tutelage.methods.patching.rounds import Round
from tutelage.stages.asking import ask_about
from tutelage.teachers.role import Answered


def write_pairs(
    work: Round, words: Sequence[ErrorWord], *, stage: str, count: int, analyses: Mapping[str, str] | None
) -> Iterator[tuple[ErrorWord, Pair] | Rejection]:
    """Pairs for each word; with `analyses`, a word whose sentence has none is dropped."""
    answerable = []
    for word in words:
        if analyses is None or word.feedback_ids[0] in analyses:
            answerable.append(word)
        else:
            yield Rejection(word.id, stage, "no_analysis", raw=word.example)
    by_id = {word.id: word for word in answerable}
    answers = ask_about(
        work.context,
        [_question(word, analyses) for word in answerable],
        role=pairs_role(work, count=count),
        teacher=work.settings.context_writer,
        seed=work.seed,
        label="teacher writes contexts",
        total=len(answerable),
    )
    for question, outcome in answers:
        if isinstance(outcome, Rejection):
            yield outcome
        else:
            yield from _pairs(work, by_id[question.id], question, outcome)


def pairs_role(work: Round, *, count: int) -> WritePairs:
    """The role as this round asks it."""
    return WritePairs(work.context.recipe.direction.direction, count=count)


def _question(word: ErrorWord, analyses: Mapping[str, str] | None) -> ContextQuestion:
    analysis = None if analyses is None else analyses[word.feedback_ids[0]]
    return ContextQuestion(word.id, analysis, word.source_form, word.target_form)


def _pairs(
    work: Round, word: ErrorWord, question: ContextQuestion, outcome: Answered
) -> Iterator[tuple[ErrorWord, Pair] | Rejection]:
    direction = work.context.recipe.direction.direction
    pairs, rejections = usable_pairs(question, outcome, direction, mode=work.settings.mode)
    yield from rejections
    for source, target in pairs:
        pair_id = f"pair:{content_key(word.id, source, target)}"
        written = Segment(pair_id, source, direction.source, "", outcome.provenance)
        translated = Segment(pair_id, target, direction.target, "", outcome.provenance)
        yield word, Pair(written, translated, outcome.provenance)
