"""The role *edit*: one hypothesis beside its source, answered by the corrected translation in plain text."""

from __future__ import annotations

from collections.abc import Sequence

from tutelage.core.glossary.glossary import Glossary
from tutelage.core.languages import Direction
from tutelage.core.records import Hypothesis
from tutelage.labelling.roles.plausibility import find_doubt
from tutelage.labelling.roles.prompts import name_languages, read_prompt
from tutelage.labelling.roles.terms import tell_terms
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.plain_text import PlainText, written_for
from tutelage.teachers.role import SignedRole

PROMPT = "edit-1"


class EditRole(SignedRole):
    """Correct one hypothesis."""

    name = "edit"
    prompt_version = PROMPT
    schema = PlainText
    temperature = 0.0

    def __init__(self, direction: Direction, *, max_tokens: int = 1024, glossary: Glossary | None = None) -> None:
        """With a glossary the terms of the source are told."""
        self.direction, self.max_tokens, self._glossary = direction, max_tokens, glossary
        self._instruction = read_prompt(PROMPT, **name_languages(direction))

    def render(self, item: Hypothesis) -> Sequence[Message]:
        """The instruction, then source and hypothesis between marks."""
        source, translation = delimit(item.segment.text, name="source"), delimit(item.text, name="translation")
        instruction = tell_terms(self._instruction, [item.segment.text], self._glossary)
        return [Message("user", f"{instruction}\n\n{source}\n\n{translation}")]

    def verify(self, item: Hypothesis, answer: PlainText) -> str | None:
        """What shows that it is no corrected hypothesis, or that the source has given an order."""
        edit = written_for(item.segment.text, answer.text)
        return find_doubt(item.segment.text, edit, hypothesis=item.text, direction=self.direction)
