"""Which characters of a text each of its tokens stands for, told by letters and digits alone.

So it does not matter how a tokenizer writes spaces, or what it makes of signs, accents and case.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

FARTHEST = 12
"""Letters that may be passed over, for a token that stands for what the vocabulary lacks."""
LEAST_FOUND = 0.75
"""Share of a text's letters that tokens must be found for."""


def find_tokens(
    tokens: Sequence[str], text: str, *, special: frozenset[str] = frozenset(), begin: int = 0
) -> tuple[tuple[int, int], ...] | None:
    """First character of each token and the one behind its last, the same for one without letters.

    `None` if the letters of the text are not those of the tokens.

    `special` tokens, as of languages and ends, stand for no characters. What stands before `begin`, as a prompt, does
    not count, and need not be found.
    """
    letters, places = list[str](), list[int]()
    for place, sign in enumerate(text):
        for letter in _letters(sign):
            letters.append(letter)
            places.append(place)
    stream, at, covered, is_off = "".join(letters), 0, 0, False
    found: list[tuple[int, int]] = []
    for token in tokens:
        wanted = "" if token in special else _letters(token)
        farthest = FARTHEST if is_off or len(wanted) > 1 else 0
        start = stream.find(wanted, at, at + len(wanted) + farthest)
        if not wanted or start < 0:
            end = places[at] if at < len(places) else len(text)
            found.append((end, end))
            is_off = is_off or token in special or start < 0
            continue
        at, is_off = start + len(wanted), False
        span = places[start], places[at - 1] + 1
        covered += len(wanted) if span[0] >= begin else 0
        found.append(span)
    return tuple(found) if covered >= LEAST_FOUND * sum(place >= begin for place in places) else None


@lru_cache(maxsize=65536)
def _letters(text: str) -> str:
    """Letters and digits without accents and case."""
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text)
    return "".join(filter(str.isalnum, plain)).casefold()
