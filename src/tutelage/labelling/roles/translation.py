"""The role *translate*: one segment into another language, by a chat teacher."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from tutelage.core.glossary.glossary import Glossary
from tutelage.core.languages import Direction
from tutelage.core.records import Segment
from tutelage.labelling.roles.prompts import name_languages, read_prompt
from tutelage.labelling.roles.terms import tell_terms
from tutelage.labelling.roles.translation_faults import find_translation_doubt
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.plain_text import PlainText
from tutelage.teachers.role import SignedRole

PROMPT = "translate-1"
PROMPT_MANY = "translate-many-1"
TOKENS_OF_LINE = 256
"""Room for one of many translations."""
MOST_TOKENS = 8192


class Translation(BaseModel):
    """The answer of the role translate."""

    model_config = ConfigDict(extra="forbid")

    translation: str


class TranslateRole(SignedRole):
    """Translate one segment in a direction."""

    name = "translate"
    prompt_version = PROMPT
    schema = Translation
    temperature = 0.0

    def __init__(self, direction: Direction, *, max_tokens: int = 1024, glossary: Glossary | None = None) -> None:
        """With a glossary the terms of the source are told."""
        self.direction, self.max_tokens, self.glossary = direction, max_tokens, glossary
        self._instruction = read_prompt(PROMPT, **name_languages(direction))

    def render(self, item: Segment) -> Sequence[Message]:
        """The instruction and the delimited source, in one user turn: some templates know no system turn."""
        instruction = tell_terms(self._instruction, [item.text], self.glossary)
        return [Message("user", f"{instruction}\n\n{delimit(item.text)}")]

    def verify(self, item: Segment, answer: Translation) -> str | None:
        """What shows that it is no translation, or that the source has given an order."""
        return find_translation_doubt(item.text, answer.translation, direction=self.direction)


class Segments(Protocol):
    """Several segments that are asked about at once."""

    @property
    def segments(self) -> Sequence[Segment]:
        """Each of a single line."""
        ...


class TranslateMany(SignedRole):
    """Translate several segments of one line in a direction, answered by as many numbered lines."""

    name = "translate"
    prompt_version = PROMPT_MANY
    schema = PlainText
    temperature = 0.0

    def __init__(self, direction: Direction, *, most: int, glossary: Glossary | None = None) -> None:
        self.direction, self.max_tokens = direction, min(MOST_TOKENS, TOKENS_OF_LINE * most)
        self._glossary = glossary
        self._instruction = read_prompt(PROMPT_MANY, **name_languages(direction))

    def render(self, item: Segments) -> Sequence[Message]:
        """The instruction and the delimited, numbered sources."""
        lines = (f"{number}. {segment.text.strip()}" for number, segment in enumerate(item.segments, 1))
        instruction = tell_terms(self._instruction, [segment.text for segment in item.segments], self._glossary)
        return [Message("user", f"{instruction}\n\n{delimit(chr(10).join(lines))}")]

    def verify(self, item: Segments, answer: PlainText) -> str | None:  # noqa: ARG002 - each line is verified alone
        """Nothing of the whole."""
        return None
