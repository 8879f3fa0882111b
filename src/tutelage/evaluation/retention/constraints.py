"""Constraints on the form of an answer, each checked by a rule and nothing else.

In the spirit of IFEval (Zhou et al. 2023, arXiv 2311.07911), strict scoring: the answer as it stands, but for white
space around it. Kinds, wording and prompts are ours. Words are runs of letters, digits, apostrophes and hyphens;
comparing words does not look at case unless it says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_BULLET = re.compile(r"\s*[-*•]\s+\S")
_NUMBERED = re.compile(r"\s*(\d+)[.)]\s+\S")
_SENTENCE_END = re.compile(r"[.!?]+(?=[\s\"'”’)\]]|$)")
_FENCE = re.compile(r"```(?:json)?\s*\n(.*)\n\s*```", re.DOTALL)


def words_of(text: str) -> list[str]:
    """The words of a text."""
    return _WORD.findall(text)


def is_lower_case(answer: str) -> bool:
    """No capital letter, and some letter."""
    return answer == answer.lower() and any(letter.isalpha() for letter in answer)


def is_upper_case(answer: str) -> bool:
    """No small letter, and some letter."""
    return answer == answer.upper() and any(letter.isalpha() for letter in answer)


def has_words(answer: str, *, words: Sequence[str], times: int = 1) -> bool:
    """Every word at least `times` times, as a whole word."""
    found = [word.casefold() for word in words_of(answer)]
    return all(found.count(word.casefold()) >= times for word in words)


def lacks_words(answer: str, *, words: Sequence[str]) -> bool:
    """None of the words, and not empty."""
    found = {word.casefold() for word in words_of(answer)}
    return bool(found) and found.isdisjoint(word.casefold() for word in words)


def lacks_sign(answer: str, *, sign: str) -> bool:
    """The sign is nowhere in an answer that has words."""
    return sign not in answer and bool(words_of(answer))


def has_at_most_words(answer: str, *, count: int) -> bool:
    """From one to `count` words."""
    return 0 < len(words_of(answer)) <= count


def has_at_least_words(answer: str, *, count: int) -> bool:
    """`count` words or more."""
    return len(words_of(answer)) >= count


def has_bullets(answer: str, *, count: int) -> bool:
    """Exactly so many lines that are bullet points (`-`, `*` or `•`)."""
    return sum(bool(_BULLET.match(line)) for line in answer.splitlines()) == count


def has_numbered_lines(answer: str, *, count: int) -> bool:
    """Lines numbered 1 to `count` in their order, and no other number before a line."""
    numbers = [found[1] for line in answer.splitlines() if (found := _NUMBERED.match(line))]
    return numbers == [str(number) for number in range(1, count + 1)]


def has_sentences(answer: str, *, count: int) -> bool:
    """Exactly so many sentences by their closing marks, the last of them closed."""
    ends = list(_SENTENCE_END.finditer(answer))
    return len(ends) == count and not words_of(answer[ends[-1].end() :])


def has_paragraphs(answer: str, *, count: int) -> bool:
    """Exactly so many blocks of text between blank lines."""
    return len([part for part in re.split(r"\n\s*\n", answer) if part.strip()]) == count


def has_lines(answer: str, *, count: int) -> bool:
    """Exactly so many lines that are not blank."""
    return len([line for line in answer.splitlines() if line.strip()]) == count


def begins_with(answer: str, *, phrase: str) -> bool:
    """The phrase is the beginning, to the letter, and something follows."""
    return answer.startswith(phrase) and len(answer) > len(phrase)


def ends_with(answer: str, *, phrase: str) -> bool:
    """The phrase is the end, to the letter, and something stands before it."""
    return answer.endswith(phrase) and len(answer) > len(phrase)


def is_quoted(answer: str) -> bool:
    """The whole stands between double quotation marks."""
    return len(answer) > 2 and answer[0] in '"“' and answer[-1] in '"”'


def is_one_of(answer: str, *, options: Sequence[str]) -> bool:
    """One of the options and nothing else, but for case and a full stop."""
    return answer.removesuffix(".").casefold() in {option.casefold() for option in options}


def has_title(answer: str) -> bool:
    """The first line is a title between double angle brackets, and something follows."""
    first, _, rest = answer.partition("\n")
    return bool(re.fullmatch(r"\s*<<[^<>]+>>\s*", first)) and bool(rest.strip())


def is_json_with(answer: str, *, keys: Sequence[str]) -> bool:
    """A JSON object with exactly these keys, alone or in one fenced block."""
    fenced = _FENCE.fullmatch(answer)
    try:
        value = json.loads(fenced[1] if fenced else answer)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and set(value) == set(keys)
