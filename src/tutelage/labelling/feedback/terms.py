"""Errors against a glossary, found and corrected without any teacher: the student is made to keep the terms.

Ours. What a glossary says is known, so no teacher is asked whether a hypothesis breaks it. The post-edit is what the
student itself writes when a lacking term is forced on it (`students/engines/term_search`): in its own words but for the
terms. If even that breaks the glossary, the teacher is asked as ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from tutelage.core.glossary.glossary import Glossary, Use
from tutelage.core.glossary.terms import Place
from tutelage.core.records import ErrorSpan, Feedback, Hypothesis, Provenance, Rejection, Segment
from tutelage.core.stage import Stage, Work
from tutelage.storage.stages import StageTable
from tutelage.students.decoder import Decoder
from tutelage.teachers.comparing.agreement import measure_agreement

CATEGORY, SEVERITY = "terminology/inconsistent_with_glossary", "major"


@dataclass(frozen=True, slots=True)
class TermFeedbackInputs:
    """The hypotheses, what they must keep to, and the student, decoded so that it does."""

    hypotheses: StageTable[Hypothesis]
    glossary: Glossary
    student: Decoder


def correct_terms(inputs: TermFeedbackInputs, work: Work) -> Iterator[Feedback]:
    """Feedback on each hypothesis that breaks the glossary and that the student can mend."""
    glossary = inputs.glossary
    broken = [one for one in inputs.hypotheses if glossary.missing(one.segment.text, one.text)]
    work.progress.start("terms are mended", total=len(broken))
    mended = inputs.student.translate(one.segment.text for one in broken)
    for hypothesis, post_edit in zip(broken, mended, strict=True):
        work.progress.advance()
        if not glossary.missing(hypothesis.segment.text, post_edit):
            yield term_feedback(hypothesis, post_edit, glossary=glossary)
    work.progress.finish()


TERM_FEEDBACK = Stage("term_feedback", 1, Feedback, correct_terms)


def term_feedback(hypothesis: Hypothesis, post_edit: str, *, glossary: Glossary) -> Feedback:
    """The hypothesis with its mended form: an error for each term that it breaks."""
    source = hypothesis.segment.text
    broken = [use for use in glossary.uses(source, hypothesis.text) if use.is_broken]
    errors = tuple(_error(use, hypothesis.text, post_edit, glossary) for use in broken)
    provenance = Provenance(
        origin="glossary", parents=(hypothesis.id,), role="feedback", teacher=f"glossary:{glossary.key}"
    )
    return Feedback(hypothesis, errors, post_edit, measure_agreement(hypothesis.text, post_edit), provenance)


def _error(use: Use, hypothesis: str, post_edit: str, glossary: Glossary) -> ErrorSpan:
    occurrence = use.occurrence
    place = glossary.place_of(occurrence, post_edit)
    correction = post_edit[place.start : place.end] if place else ""
    wrong = wrong_place(hypothesis, post_edit, place) if place else Place(0, 0)
    told = [f"the glossary has '{occurrence.name}' as {' or '.join(map(repr, occurrence.allowed))}"]
    told += [f"and forbids {' and '.join(map(repr, use.forbidden))}"] if use.forbidden else []
    return ErrorSpan(
        occurrence.place.start, occurrence.place.end, wrong.start, wrong.end, CATEGORY, SEVERITY, correction,
        " ".join(told),
    )  # fmt: skip


def wrong_place(hypothesis: str, post_edit: str, place: Place) -> Place:
    """Where in the hypothesis stands what the post-edit has at `place`: the words that differ there."""
    old, new = _words(hypothesis), _words(post_edit)
    matcher = SequenceMatcher(None, [text for text, _ in old], [text for text, _ in new], autojunk=False)
    for kind, first, last, start, stop in matcher.get_opcodes():
        touches = any(one.start < place.end and place.start < one.end for _, one in new[start:stop])
        if kind != "equal" and touches:
            if first < last:
                return Place(old[first][1].start, old[last - 1][1].end)
            at = old[first - 1][1].end if first else 0
            return Place(at, at)
    return Place(0, 0)


def _words(text: str) -> list[tuple[str, Place]]:
    words, end = [], 0
    for word in text.split():
        start = text.index(word, end)
        end = start + len(word)
        words.append((word, Place(start, end)))
    return words


@dataclass(frozen=True, slots=True)
class UnsettledInputs:
    """Hypotheses, and the feedback that some of them have already."""

    hypotheses: StageTable[Hypothesis]
    settled: StageTable[Feedback]


def list_unsettled(inputs: UnsettledInputs, _: Work) -> Iterator[Hypothesis]:
    """The hypotheses without feedback, which teachers are asked about."""
    settled = {one.id for one in inputs.settled}
    return (one for one in inputs.hypotheses if one.id not in settled)


def list_unsettled_segments(inputs: UnsettledInputs, _: Work) -> Iterator[Segment]:
    """Their segments."""
    return (one.segment for one in list_unsettled(inputs, _))


UNSETTLED = Stage("unsettled", 1, Hypothesis, list_unsettled)
UNSETTLED_POOL = Stage("unsettled_pool", 1, Segment, list_unsettled_segments)


@dataclass(frozen=True, slots=True)
class JoinedInputs:
    """Hypotheses, and the feedback on them from two sides."""

    hypotheses: StageTable[Hypothesis]
    settled: StageTable[Feedback]
    judged: StageTable[Feedback]


def join_feedback(inputs: JoinedInputs, _: Work) -> Iterator[Feedback | Rejection]:
    """The feedback of both in the order of the hypotheses; what was rejected is repeated, so that one table has it."""
    yield from in_order(inputs.hypotheses, {one.id: one for one in inputs.settled}, inputs.judged)
    yield from inputs.judged.rejections()


def in_order(
    hypotheses: Iterable[Hypothesis], settled: Mapping[str, Feedback], judged: Iterable[Feedback]
) -> Iterator[Feedback]:
    """Both in the order of the hypotheses, which each of them has too."""
    waiting = iter(judged)
    following = next(waiting, None)
    for hypothesis in hypotheses:
        if hypothesis.id in settled:
            yield settled[hypothesis.id]
        elif following is not None and following.id == hypothesis.id:
            yield following
            following = next(waiting, None)


JOINED_FEEDBACK = Stage("feedback", 1, Feedback, join_feedback)
