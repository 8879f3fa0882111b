"""What each role is asked about, and the teacher's answer to it, made of the records that verification let through.

Answers are written anew from the records: quotations as they stand in the texts, without the errors, pairs and words
that were dropped. A question is rendered by the role itself, so that it is the one a teacher is asked.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from tutelage.core.languages import Direction
from tutelage.core.records import ErrorSpan, Feedback, Pair, Provenance
from tutelage.labelling.analogies import Analogy, analogy_question
from tutelage.labelling.analyses import Analysis
from tutelage.labelling.error_words import ErrorWord
from tutelage.labelling.roles.analogies import NameAnalogies
from tutelage.labelling.roles.analysis import Analyse, AnalysisAnswer
from tutelage.labelling.roles.contexts import ContextQuestion, WritePairs
from tutelage.labelling.roles.feedback import REPAIRED, GiveFeedback
from tutelage.labelling.roles.feedback_answer import FeedbackAnswer
from tutelage.teachers.role import Role

_ANALYSIS = re.compile(r"Domain: (?P<domain>.*)\nTopic: (?P<topic>.*)\nStyle: (?P<style>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a role and the answer that is shown to the patcher."""

    role: Role[Any, Any]
    item: Any
    answer: BaseModel
    segment_id: str
    """The source segment that it came from: what demonstrations are split by."""
    provenance: Provenance

    @property
    def id(self) -> str:
        """Role and item: one item is asked about once in a role."""
        return f"{self.role.name}:{self.item.id}"


def feedback_questions(feedbacks: Iterable[Feedback], *, role: GiveFeedback) -> Iterator[Question]:
    """Every judged hypothesis, those found right too; an answer that had to be repaired is no model for others."""
    for feedback in feedbacks:
        if feedback.provenance.origin == REPAIRED:
            continue
        answer = FeedbackAnswer(
            has_error=feedback.flagged,
            errors=[_named_error(feedback, error) for error in feedback.errors],  # type: ignore[misc]
            post_edit=feedback.post_edit,
        )
        yield Question(role, feedback.hypothesis, answer, feedback.id, feedback.provenance)


def analysis_questions(
    analyses: Iterable[Analysis], *, first: Mapping[str, Feedback], role: Analyse
) -> Iterator[Question]:
    """Every analysed segment; `first` holds their feedback by segment id."""
    for analysis in analyses:
        fields = read_analysis(analysis.text)
        if fields is not None and analysis.id in first:
            segment = first[analysis.id].hypothesis.segment
            yield Question(role, segment, AnalysisAnswer(**fields), analysis.id, analysis.provenance)


def inverted_questions(
    errors: Iterable[ErrorWord], *, first: Mapping[str, Feedback], analyses: Mapping[str, str], direction: Direction
) -> Iterator[Question]:
    """The erroneous sentence and its post-edit as the one pair to be written for analysis and word (paper's code)."""
    role = WritePairs(direction, count=1)
    for error in errors:
        feedback = first[error.feedback_ids[0]]
        if feedback.id in analyses:
            pair = {"source": feedback.hypothesis.segment.text, "target": feedback.post_edit or ""}
            yield Question(
                role, _context_item(error, analyses), _pairs_answer(role, [pair]), feedback.id, feedback.provenance
            )


def written_questions(
    pairs: Iterable[Pair], *, errors: Iterable[ErrorWord], analyses: Mapping[str, str], direction: Direction, count: int
) -> Iterator[Question]:
    """The pairs that the teacher wrote for each word, as one answer."""
    role, by_word = WritePairs(direction, count=count), defaultdict[str, list[Pair]](list)
    for pair in pairs:
        by_word[pair.provenance.parents[0]].append(pair)
    for error in errors:
        if written := by_word.get(error.id):
            answer = [{"source": pair.source.text, "target": pair.target.text} for pair in written]
            yield Question(
                role, _context_item(error, analyses), _pairs_answer(role, answer), error.feedback_ids[0],
                written[0].provenance,
            )  # fmt: skip


def analogy_questions(
    analogies: Iterable[Analogy], *, errors: Iterable[ErrorWord], first: Mapping[str, Feedback], role: NameAnalogies
) -> Iterator[Question]:
    """The words that the teacher named for each error word, by aspect."""
    by_error = defaultdict[str, list[Analogy]](list)
    for analogy in analogies:
        by_error[analogy.error_id].append(analogy)
    for error in errors:
        if named := by_error.get(error.id):
            words: dict[str, list[dict[str, str]]] = {"same_category": [], "same_semantics": []}
            for one in named:
                words[one.aspect].append({"source": one.source, "target": one.target})
            answer = role.schema.model_validate(words)
            item = analogy_question(error, first[error.feedback_ids[0]])
            yield Question(role, item, answer, error.feedback_ids[0], named[0].provenance)


def _context_item(error: ErrorWord, analyses: Mapping[str, str]) -> ContextQuestion:
    return ContextQuestion(error.id, analyses[error.feedback_ids[0]], error.source_form, error.target_form)


def _pairs_answer(role: WritePairs, pairs: list[dict[str, str]]) -> BaseModel:
    return role.schema.model_validate({"pairs": pairs})


def _named_error(feedback: Feedback, error: ErrorSpan) -> dict[str, str]:
    """The error by quotation again, as the role's schema has it."""
    source, hypothesis = feedback.hypothesis.segment.text, feedback.hypothesis.text
    return {
        "category": error.category,
        "severity": error.severity,
        "source_quote": source[error.source_start : error.source_end] if error.source_start >= 0 else "",
        "target_quote": hypothesis[error.target_start : error.target_end],
        "explanation": error.explanation,
        "correction": error.correction,
    }


def read_analysis(text: str) -> dict[str, str] | None:
    """The fields of which `analysis_text` made the text, or `None` if it is no such text."""
    match = _ANALYSIS.fullmatch(text)
    return match.groupdict() if match else None
