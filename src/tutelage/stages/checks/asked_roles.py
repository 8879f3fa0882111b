"""The questions of patching's roles on a recipe's text: how many, and how long, for every step that asks them."""

from __future__ import annotations

from tutelage.core.languages import Direction
from tutelage.core.records import ErrorSpan, Feedback, Provenance
from tutelage.labelling.feedback.explanation import MOST_SEGMENTS
from tutelage.labelling.roles.analogies import AnalogyQuestion, NameAnalogies
from tutelage.labelling.roles.analysis import Analyse
from tutelage.labelling.roles.contexts import ContextQuestion, WritePairs
from tutelage.labelling.roles.editing import EditRole
from tutelage.labelling.roles.explaining import Corrected, ExplainErrors
from tutelage.labelling.roles.feedback import GiveFeedback
from tutelage.stages.checks.asked import (
    AROUND_ANSWER,
    GROWTH,
    Asked,
    ask_role,
    sample_hypothesis,
    sample_segment,
    sample_text,
)
from tutelage.stages.checks.text_sizes import TextSize

CONTEXT = TextSize(segments=1, words=15, tokens=22)
"""A sentence that is retrieved or written."""
WORD = TextSize(segments=1, words=1, tokens=4)
"""An error word, with its translation as long."""
ANALYSIS_TOKENS = 60
"""Of an analysis, which a writer is shown."""
ERROR_TOKENS = 70
"""Of an error in an answer of the role feedback."""
ERRORS_PER_SEGMENT = 2
EXPLANATION_TOKENS = 50
"""Of one error in an answer of the role explain."""


def ask_feedback(
    size: TextSize, direction: Direction, *, mode: str, teacher: str | None, calls: int, kind: str = "feedback"
) -> Asked:
    """The role feedback on hypotheses for segments like these, two errors in each."""
    role = GiveFeedback(direction, mode="paper" if mode == "paper" else "strict")
    answer = GROWTH * size.tokens_per_segment + ERRORS_PER_SEGMENT * ERROR_TOKENS + AROUND_ANSWER
    return ask_role(role, sample_hypothesis(size), kind=kind, teacher=teacher, calls=calls, output_tokens=answer)


def ask_edits(size: TextSize, direction: Direction, *, teacher: str | None, calls: int) -> Asked:
    """The role edit on hypotheses for segments like these."""
    answer = GROWTH * size.tokens_per_segment
    item = sample_hypothesis(size)
    return ask_role(EditRole(direction), item, kind="edit", teacher=teacher, calls=calls, output_tokens=answer)


def ask_explanations(size: TextSize, direction: Direction, *, teacher: str | None, segments: int) -> Asked:
    """The role explain on so many corrected hypotheses, as many in a question as fit."""
    hypothesis = sample_hypothesis(size)
    word = sample_text(WORD.tokens)
    errors = (ErrorSpan(0, 0, 0, len(word), "", "", word),) * ERRORS_PER_SEGMENT
    feedback = Feedback(hypothesis, errors, hypothesis.text, None, Provenance())
    item = Corrected((feedback,) * MOST_SEGMENTS)
    answer = MOST_SEGMENTS * ERRORS_PER_SEGMENT * EXPLANATION_TOKENS + AROUND_ANSWER
    calls = -(-segments // MOST_SEGMENTS)
    return ask_role(ExplainErrors(direction), item, kind="explain", teacher=teacher, calls=calls, output_tokens=answer)


def ask_analyses(size: TextSize, direction: Direction, *, teacher: str | None, calls: int) -> Asked:
    """The role analyse on segments like these."""
    answer = ANALYSIS_TOKENS + AROUND_ANSWER
    item = sample_segment(size)
    return ask_role(Analyse(direction.source), item, kind="analyse", teacher=teacher, calls=calls, output_tokens=answer)


def ask_pairs(direction: Direction, *, count: int, analysis: bool, teacher: str | None, calls: int, kind: str) -> Asked:
    """The role contexts, `count` pairs for each word."""
    item = ContextQuestion(
        "sample", sample_text(ANALYSIS_TOKENS) if analysis else None, *[sample_text(WORD.tokens)] * 2
    )
    answer = count * ((1 + GROWTH) * CONTEXT.tokens + AROUND_ANSWER) + AROUND_ANSWER
    return ask_role(
        WritePairs(direction, count=count), item, kind=kind, teacher=teacher, calls=calls, output_tokens=answer
    )


def ask_analogies(size: TextSize, direction: Direction, *, asked: int, teacher: str | None, calls: int) -> Asked:
    """The role analogies, `asked` words for each of the two aspects."""
    texts = [sample_text(tokens) for tokens in (size.tokens_per_segment, GROWTH * size.tokens_per_segment)]
    item = AnalogyQuestion("sample", *texts, *[sample_text(WORD.tokens)] * 2)
    answer = 2 * asked * (2 * WORD.tokens + AROUND_ANSWER) + AROUND_ANSWER
    role = NameAnalogies(direction, asked=asked)
    return ask_role(role, item, kind="analogies", teacher=teacher, calls=calls, output_tokens=answer)
