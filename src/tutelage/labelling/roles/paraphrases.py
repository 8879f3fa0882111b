"""The role *paraphrase*: a list of sentences that say the same, asked in one of several styles.

The paper (arXiv 2404.12596) asks for a list in one answer at temperature 0: that the items are in one list is what
makes them differ. Separate samples, and lists by type of change, are ours, and so is the wording.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tutelage.core.languages import language_name
from tutelage.core.records import Segment
from tutelage.corpora.normalising import bare
from tutelage.labelling.roles.orders import find_order
from tutelage.labelling.roles.prompts import read_prompt
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.role import SignedRole

Style = Literal["list", "sampled", "lexical", "syntactic", "register", "round-trip"]
"""How a teacher comes to paraphrases; all but the round trip, which is translated, are styles of asking."""
ROUND_TRIP: Style = "round-trip"
MOST_PARAPHRASES = 16
VERSION = 1
MAX_CHARACTERS = 600
"""Of one paraphrase; small models run on without an end, and a server with grammars holds them to this."""
TOKENS_PER_PARAPHRASE = 160
"""A sentence of a hundred words at most, and the JSON around it."""


class WrittenParaphrases(BaseModel):
    """The answer of the role paraphrase."""

    model_config = ConfigDict(extra="forbid")

    paraphrases: list[Annotated[str, Field(max_length=MAX_CHARACTERS)]] = Field(max_length=MOST_PARAPHRASES)


class WriteParaphrases(SignedRole):
    """Say a sentence otherwise, `count` times, in a style."""

    name = "paraphrase"
    schema = WrittenParaphrases

    def __init__(self, lang: str, *, style: Style, count: int) -> None:
        self.count = 1 if style == "sampled" else count
        self.prompt_version = prompt_version(style)
        self.temperature = 1.0 if style == "sampled" else 0.0
        self.max_tokens = TOKENS_PER_PARAPHRASE * (self.count + 1)
        self._instruction = read_prompt(self.prompt_version, count=self.count, language=language_name(lang))

    def render(self, item: Segment) -> Sequence[Message]:
        """The instruction and the delimited sentence, in one user turn: some templates know no system turn."""
        return [Message("user", f"{self._instruction}\n\n{delimit(item.text)}")]

    def verify(self, item: Segment, answer: WrittenParaphrases) -> str | None:
        """A sentence that gives orders, nothing written, or nothing but the sentence itself."""
        if find_order(item.text) is not None:
            return "source_gives_orders"
        written = usable_texts(answer)
        if not written:
            return "empty"
        return "copied" if all(bare(text) == bare(item.text) for text in written) else None


def usable_texts(answer: WrittenParaphrases) -> tuple[str, ...]:
    """The paraphrases that are not blank, each once, in the teacher's order."""
    return tuple(dict.fromkeys(text.strip() for text in answer.paraphrases if text.strip()))


def prompt_version(style: Style) -> str:
    """Name of the prompt of a style: `paraphrase-list-1`."""
    return f"paraphrase-{style}-{VERSION}"
