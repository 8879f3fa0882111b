"""Two ways to fail that are seen without an identifier: nothing was written, or the source was copied."""

from __future__ import annotations

from tutelage.core.languages import UNSPACED, Direction, base_language

ECHO_WORDS = 3
"""A copy of at most so many words may be a name or a command that stays as it is."""


def is_empty(hypothesis: str) -> bool:
    """Whether nothing can be seen of the output."""
    return not hypothesis.strip()


def is_echo(hypothesis: str, *, source: str, reference: str, direction: Direction) -> bool:
    """Whether the output copies its source and the reference does not; never in paraphrase, and not of a few words.

    Case and spacing do not count; languages written without spaces are counted in characters.
    """
    if not is_translation(direction):
        return False
    words = hypothesis.casefold().split()
    length = len("".join(words)) if base_language(direction.source) in UNSPACED else len(words)
    return length > ECHO_WORDS and words == source.casefold().split() != reference.casefold().split()


def is_translation(direction: Direction) -> bool:
    """Whether two languages are involved."""
    return base_language(direction.source) != base_language(direction.target)
