"""What causal engines take and give: prompts as token ids, and what the model wrote after them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tutelage.core.decoding import Decoding
from tutelage.students.chat_format import Messages


@dataclass(frozen=True, slots=True)
class Prompt:
    """A conversation to be continued; the answer begins with `start`, which the student did not write."""

    messages: Messages
    start: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a student wrote."""

    text: str
    """Without the prompt's `start`, spaces as they were written."""
    finished: bool
    """Whether it ended by itself; otherwise it was cut at `max_target_tokens`."""
    tokens: int


IsEnough = Callable[[Sequence[int]], bool]
"""Whether what is written so far is all that is needed."""


@dataclass(frozen=True, slots=True)
class Request:
    """Token ids to continue, and when to stop besides at an end of turn (`None`: never)."""

    ids: list[int]
    is_enough: IsEnough | None = None
    contrasts: tuple[list[int], ...] = ()
    """The same request in other languages, whose likely answers are to be avoided; as many in all of a batch."""


class Continuation(Protocol):
    """Continues batches of token ids; the one thing in which causal engines differ."""

    @property
    def signature(self) -> str:
        """Engine, arithmetic and weights."""
        ...

    def continue_batch(self, requests: Sequence[Request], *, decoding: Decoding) -> list[list[int]]:
        """Ids written after each of the prompts, in their order, an end token included where one was written."""
        ...

    def continue_several(self, requests: Sequence[Request], *, decoding: Decoding) -> list[list[list[int]]]:
        """The same for each of `decoding.outputs` outputs of each prompt."""
        ...
