"""A causal student that answers freely, for what is not translation: rationales, references in its own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError
from tutelage.students.decoder import Decoder

if TYPE_CHECKING:
    from tutelage.students.causal_student import CausalStudent
    from tutelage.students.engines.answers import Answer, Prompt
    from tutelage.students.engines.causal_engine import CausalEngine


@dataclass(frozen=True, slots=True)
class ChatWriter:
    """A causal student with the engine that decodes it."""

    student: CausalStudent
    engine: CausalEngine

    def complete(self, prompts: Sequence[Prompt], *, decoding: Decoding) -> list[Answer]:
        """One answer for each prompt; a prompt that leaves no room for one gets an empty, unfinished answer."""
        from tutelage.students.engines.answers import Answer

        fits = [length < self.student.context_tokens for length in self._lengths(prompts)]
        fitting = (prompt for prompt, fit in zip(prompts, fits, strict=True) if fit)
        answers = self.engine.complete(fitting, decoding=decoding)
        return [next(answers) if fit else Answer("", finished=False, tokens=0) for fit in fits]

    def _lengths(self, prompts: Sequence[Prompt]) -> list[int]:
        asked = self.student.encode_conversations([prompt.messages for prompt in prompts])
        starts = (self.student.encode_answer_start(prompt.start) for prompt in prompts)
        return [len(ids) + len(start) for ids, start in zip(asked, starts, strict=True)]


def open_writer(decoder: Decoder) -> ChatWriter:
    """A causal student that writes freely; StudentError for one that only translates."""
    from tutelage.students.causal_student import CausalStudent
    from tutelage.students.engines.opening import open_causal_engine
    from tutelage.students.loading import load_student

    student = load_student(str(decoder.folder), direction=decoder.direction)
    if not isinstance(student, CausalStudent):
        raise StudentError(
            "this is an encoder–decoder student: it only translates and cannot go on after a translation.",
            where=str(decoder.folder),
            fix="Take a chat model, or leave the rationales out.",
        )
    settings = decoder.settings
    engine = open_causal_engine(
        student, name=settings.engine, compute_type=settings.compute_type, cache=decoder.conversions
    )
    return ChatWriter(student, engine)
