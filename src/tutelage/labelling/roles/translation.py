"""The role *translate*: one segment into another language, by a chat teacher."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from tutelage.core.languages import Direction
from tutelage.core.records import Segment
from tutelage.labelling.roles.prompts import name_languages, read_prompt
from tutelage.labelling.roles.translation_faults import find_translation_doubt
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.role import SignedRole

PROMPT = "translate-1"


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

    def __init__(self, direction: Direction, *, max_tokens: int = 1024) -> None:
        self.direction, self.max_tokens = direction, max_tokens
        self._instruction = read_prompt(PROMPT, **name_languages(direction))

    def render(self, item: Segment) -> Sequence[Message]:
        """The instruction and the delimited source, in one user turn: some templates know no system turn."""
        return [Message("user", f"{self._instruction}\n\n{delimit(item.text)}")]

    def verify(self, item: Segment, answer: Translation) -> str | None:
        """What shows that it is no translation, or that the source has given an order."""
        return find_translation_doubt(item.text, answer.translation, direction=self.direction)
