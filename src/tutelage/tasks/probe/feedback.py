"""Feedback on texts outside a run: by asking a chat teacher, or by comparing with a teacher's translation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tutelage.core.languages import Direction
from tutelage.core.protocols import Progress
from tutelage.core.records import Feedback, Pair, Rejection
from tutelage.corpora.normalising import short_hash
from tutelage.evaluation.planted_errors import PlantedText
from tutelage.labelling.teachers import Teachers
from tutelage.teachers.comparing.agreement import measure_agreement, measure_threshold
from tutelage.teachers.comparing.reference_guided import reference_guided_feedback
from tutelage.teachers.comparing.word_alignment import WordAligner

How = Literal["asked", "compared"]


@dataclass(frozen=True, slots=True)
class Given:
    """What a teacher made of the planted texts."""

    teacher: str
    """Its signature."""
    feedbacks: dict[str, Feedback]
    """By segment id; of a text with several verdicts the last."""
    rejections: tuple[Rejection, ...]
    thresholds: tuple[float, ...] = ()
    """Agreement from which a text counted as right, of each half, if feedback was made by comparing."""


def ask_feedback(
    planted: Sequence[PlantedText],
    *,
    teachers: Teachers,
    teacher: str | None,
    direction: Direction,
    mode: Literal["strict", "paper"],
    seed: int,
    progress: Progress,
) -> Given:
    """A chat teacher asked in the role *feedback*; errors that cannot be placed in the text are rejections."""
    from tutelage.labelling.roles.feedback import GiveFeedback, make_feedback
    from tutelage.teachers.calling.asking import ask

    role, chat = GiveFeedback(direction, mode=mode), teachers.chat(teacher)
    hypotheses = [text.hypothesis for text in planted]
    feedbacks: dict[str, Feedback] = {}
    rejections: list[Rejection] = []
    progress.start("teacher gives feedback", total=len(planted))
    answers = ask(role, hypotheses, teacher=chat, ledger=teachers.ledger, seed=seed, ordered=True)
    for hypothesis, outcome in zip(hypotheses, answers, strict=True):
        progress.advance(1, **answers.figures)
        if isinstance(outcome, Rejection):
            rejections.append(outcome)
            continue
        feedback, rejected = make_feedback(hypothesis, outcome, direction=direction, mode=mode)
        rejections += rejected
        if feedback is not None:
            feedbacks[feedback.id] = feedback
    progress.finish()
    return Given(chat.signature, feedbacks, tuple(rejections))


def compare_with_translations(
    planted: Sequence[PlantedText],
    *,
    teachers: Teachers,
    teacher: str | None,
    direction: Direction,
    threshold: float | None,
    progress: Progress,
) -> Given:
    """Reference-guided feedback. Without a threshold each half of the texts gets the one measured on the other half.

    So no text is judged by a threshold that was fitted to it.
    """
    translator = teachers.translator(teacher)
    translations: dict[str, Pair] = {}
    rejections: list[Rejection] = []
    progress.start("teacher translates", total=len(planted))
    for outcome in translator.translate((text.hypothesis.segment for text in planted), direction=direction):
        progress.advance()
        if isinstance(outcome, Pair):
            translations[outcome.id] = outcome
        else:
            rejections.append(outcome)
    progress.finish()
    answered = [text for text in planted if text.id in translations]
    halves = [[text for text in answered if short_hash(text.id) % 2 == half] for half in (0, 1)]
    thresholds = tuple(_measure(half, translations) if threshold is None else threshold for half in reversed(halves))
    aligner = WordAligner.fit(translations.values())
    feedbacks = {
        text.id: reference_guided_feedback(text.hypothesis, translations[text.id], threshold=bound, aligner=aligner)
        for half, bound in zip(halves, thresholds, strict=True)
        for text in half
    }
    return Given(translator.signature, feedbacks, tuple(rejections), thresholds)


def _measure(half: Sequence[PlantedText], translations: dict[str, Pair]) -> float:
    """The agreement that best tells the right texts of this half from the damaged ones (Youden's J)."""
    agreements = [measure_agreement(text.hypothesis.text, translations[text.id].target.text) for text in half]
    right = [0.0 if text.errors else 1.0 for text in half]
    return measure_threshold(agreements, right, [0.5] * len(right)).value
