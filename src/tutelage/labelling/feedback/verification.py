"""Asked feedback verified: an error is kept only if something else than the teacher's word speaks for it.

After MQM-APE (Lu et al. 2024, arXiv 2409.14335), which keeps an error only if correcting it makes the translation
better. Ours asks either a second teacher, whose text must have the correction too, or the way back into the source
language, on which the corrected hypothesis must come out closer to the source. Errors that are not confirmed are
rejections; a hypothesis without a confirmed error is dropped. Where one of several is not confirmed, the post-edit is
made anew from the hypothesis and the confirmed corrections alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from tutelage.core.protocols import Progress
from tutelage.core.records import ErrorSpan, Feedback, Hypothesis, Rejection
from tutelage.core.stage import Stage, Work
from tutelage.labelling.back_translation import translate_texts
from tutelage.labelling.error_words import contains_phrase
from tutelage.labelling.feedback.asked import Reviewer
from tutelage.labelling.feedback.corrections import apply_correction, apply_corrections
from tutelage.labelling.teachers import Translator
from tutelage.storage.stages import StageTable
from tutelage.teachers.comparing.agreement import measure_agreement

STAGE = "feedback"
Confirms = Callable[[Feedback, int], bool]
"""Whether the error in this place of the feedback is confirmed."""


@dataclass(frozen=True, slots=True)
class SecondReview:
    """A chat teacher as the second one: its own feedback must have the correction too."""

    reviewer: Reviewer

    def confirms(self, unverified: StageTable[Feedback], progress: Progress) -> Confirms:
        """By what it would have written for each flagged segment."""
        given = self.reviewer.review(_flagged(unverified), progress=progress, total=None)
        opinions = {one.id: one.post_edit or one.hypothesis.text for one in given if isinstance(one, Feedback)}
        return confirmed_by_opinion(opinions)


@dataclass(frozen=True, slots=True)
class SecondTranslation:
    """A translating teacher as the second one: its translation must have the correction too."""

    translator: Translator

    def confirms(self, unverified: StageTable[Feedback], progress: Progress) -> Confirms:
        """By its translation of each flagged segment."""
        texts = ((hypothesis.id, hypothesis.segment.text) for hypothesis in _flagged(unverified))
        label = "teacher translates"
        there = translate_texts(texts, translator=self.translator, progress=progress, label=label, total=None)
        return confirmed_by_opinion(dict(there))


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A translator back into the source language, on which the corrected hypothesis must come out closer."""

    back: Translator

    def confirms(self, unverified: StageTable[Feedback], progress: Progress) -> Confirms:
        """By the agreement (chrF, 0 to 1) with the source of each hypothesis and each corrected one that came back."""
        texts = chain.from_iterable(_variants(feedback) for feedback in unverified if feedback.flagged)
        sources = {feedback.id: feedback.hypothesis.segment.text for feedback in unverified if feedback.flagged}
        back = translate_texts(texts, translator=self.back, progress=progress, label="translate back", total=None)
        return confirmed_by_round_trip(
            {text_id: measure_agreement(text, sources[text_id.rpartition("#")[0]]) for text_id, text in back}
        )


@dataclass(frozen=True, slots=True)
class VerifiedInputs:
    """The first verdicts, and what must speak for them."""

    unverified: StageTable[Feedback]
    witness: SecondReview | SecondTranslation | RoundTrip


def verify_feedback(inputs: VerifiedInputs, work: Work) -> Iterator[Feedback | Rejection]:
    """The feedback with its confirmed errors alone; a hypothesis found right stays as it is.

    What the first verdict rejected is repeated, so that one table tells of all that was dropped.
    """
    confirms = inputs.witness.confirms(inputs.unverified, work.progress)
    for feedback in inputs.unverified:
        yield from keep_confirmed(feedback, confirms=confirms) if feedback.flagged else (feedback,)
    yield from inputs.unverified.rejections()


VERIFIED_FEEDBACK = Stage("feedback", 4, Feedback, verify_feedback)


def keep_confirmed(feedback: Feedback, *, confirms: Confirms) -> Iterator[Feedback | Rejection]:
    """The feedback with the errors that are confirmed, and a rejection for each other.

    If all are, the post-edit stays as it was written, with what no error names, such as agreement; else it is the
    hypothesis with the confirmed corrections.
    """
    kept = []
    for place, error in enumerate(feedback.errors):
        if confirms(feedback, place):
            kept.append(error)
        else:
            yield _rejection(feedback, "unconfirmed", f"{_wrong(feedback, error)} → {error.correction}")
    if kept and len(kept) == len(feedback.errors):
        yield feedback
    elif (text := apply_corrections(feedback.hypothesis.text, kept)) != feedback.hypothesis.text:
        yield _with_post_edit(feedback, text, kept)
    else:
        yield _rejection(feedback, "nothing_confirmed", feedback.post_edit or "")


def _with_post_edit(feedback: Feedback, text: str, errors: Sequence[ErrorSpan]) -> Feedback:
    quality = None if feedback.quality is None else measure_agreement(feedback.hypothesis.text, text)
    return dataclasses.replace(feedback, errors=tuple(errors), post_edit=text, quality=quality)


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


def _flagged(unverified: StageTable[Feedback]) -> Iterator[Hypothesis]:
    return (feedback.hypothesis for feedback in unverified if feedback.flagged)


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
