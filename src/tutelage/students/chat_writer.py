"""A causal student that answers freely, for what is not translation: rationales, references in its own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.students.causal_student import CausalStudent
from tutelage.students.decoder import Decoder
from tutelage.students.engines.answers import Answer, Prompt
from tutelage.students.engines.causal_engine import CausalEngine
from tutelage.students.engines.opening import open_causal_engine
from tutelage.students.student_folder import read_to_decode


@dataclass(frozen=True, slots=True)
class ChatWriter:
    """A causal student with the engine that decodes it."""

    student: CausalStudent
    engine: CausalEngine

    def complete(self, prompts: Sequence[Prompt], *, decoding: Decoding) -> list[Answer]:
        """One answer for each prompt; a prompt that leaves no room for one gets an empty, unfinished answer."""
        fits = [length < self.student.context_tokens for length in self._lengths(prompts)]
        fitting = (prompt for prompt, fit in zip(prompts, fits, strict=True) if fit)
        answers = self.engine.complete(fitting, decoding=decoding)
        return [next(answers) if fit else Answer("", finished=False, tokens=0) for fit in fits]

    def _lengths(self, prompts: Sequence[Prompt]) -> list[int]:
        asked = self.student.encode_conversations([prompt.messages for prompt in prompts])
        starts = (self.student.encode_answer_start(prompt.start) for prompt in prompts)
        return [len(ids) + len(start) for ids, start in zip(asked, starts, strict=True)]


def load_chat_student(folder: Path, *, direction: Direction, fix: str) -> CausalStudent:
    """The chat model in a folder, its weights left there (see `with_weights`); StudentError if it only translates."""
    student = read_to_decode(folder, direction=direction)
    if not isinstance(student, CausalStudent):
        raise only_translates(folder, fix=fix)
    return student


def only_translates(folder: Path, *, fix: str) -> StudentError:
    """The error for what only a chat model can do."""
    return StudentError("this is an encoder–decoder student, which only translates.", where=str(folder), fix=fix)


def open_writer(decoder: Decoder) -> ChatWriter:
    """A causal student that writes freely; StudentError for one that only translates."""
    student = load_chat_student(
        decoder.folder, direction=decoder.direction, fix="Take a chat model, or leave the rationales out."
    )
    settings = decoder.settings
    engine = open_causal_engine(
        student, name=settings.engine, compute_type=settings.compute_type, cache=decoder.conversions
    )
    return ChatWriter(student, engine)
