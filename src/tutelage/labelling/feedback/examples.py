"""Examples of the role feedback, read from a file of JSON Lines: what a teacher is shown before it is asked."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from tutelage.core.errors import CorpusError
from tutelage.labelling.roles.feedback import FeedbackExample
from tutelage.labelling.roles.feedback_answer import AnswerError, FeedbackAnswer
from tutelage.teachers.calling.parsing import describe_problem

MOST = 8
"""Examples that are shown; each is paid for in every question."""


class _Line(BaseModel):
    """One line: the errors may be none, and then there is no post-edit."""

    model_config = ConfigDict(extra="forbid")

    source: str
    translation: str
    errors: list[AnswerError] = []
    post_edit: str | None = None


def read_examples(path: Path | str | None) -> tuple[FeedbackExample, ...]:
    """The examples of the file, none without one; CorpusError for a file that cannot be read or used."""
    if path is None:
        return ()
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError("the examples cannot be read.", where=str(path), fix="Name a file in UTF-8.") from error
    examples = [_example(line, where=f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not 1 <= len(examples) <= MOST:
        raise CorpusError(f"{len(examples)} examples are there.", where=str(path), fix=f"Give 1 to {MOST} of them.")
    return tuple(examples)


def _example(line: str, *, where: str) -> FeedbackExample:
    try:
        given = _Line.model_validate_json(line)
    except ValidationError as error:
        fix = "A line has source, translation, errors (each as a teacher answers it) and post_edit."
        raise CorpusError(f"the example cannot be used ({describe_problem(error)}).", where=where, fix=fix) from error
    if bool(given.errors) != (given.post_edit is not None):
        raise CorpusError(
            "the example contradicts itself.", where=where, fix="Give both errors and a post_edit, or neither."
        )
    answer = FeedbackAnswer(errors=given.errors, has_error=bool(given.errors), post_edit=given.post_edit)
    return FeedbackExample(given.source, given.translation, answer)
