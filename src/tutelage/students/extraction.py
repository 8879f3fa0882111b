"""The translation out of a chat model's answer.

The rules, in their order:

1. a block `<think>…</think>` before the answer is dropped;
2. a first line that announces the translation ("Here is the translation:", "Sure!") is dropped, if more follows; one
   that names no translation only if as many lines follow as the source has, since it may be the text itself ("Okay.");
3. the answer ends where its separator (a blank line) comes, after as many blank lines as the source has: what follows
   is a rationale or chatter;
4. a label before the text ("Translation:", "Portuguese:") is dropped, unless the source has a colon;
5. quotation marks or backticks around the whole are dropped, unless the source is quoted itself.
"""

from __future__ import annotations

import re

from tutelage.core.languages import base_language, language_name, own_language_name

SEPARATOR = "\n\n"
"""Between a translation and what a student writes after it (its rationale)."""

_BLANK_LINE = re.compile(r"\n[ \t\r]*\n\s*")
_THOUGHT = re.compile(r"^\s*<think>.*?(</think>|$)", re.DOTALL)
_ANNOUNCEMENT = re.compile(
    r"^(?:(?:sure|certainly|of course|absolutely|okay|ok)\b[^\n]{0,60}[:!.]"
    r"|[^\n]{0,60}\b(?:here(?:'s|’s| is| are)|translation|translated|translates)\b[^\n]{0,80}:)[ \t]*(?:\n\s*|$)",
    re.IGNORECASE,
)
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "»": "«", "'": "'", "‘": "’", "`": "`", "「": "」"}


def extract_translation(answer: str, *, source: str, target_lang: str) -> str:
    """The translation of `source` in a chat model's answer, by the rules of this module; may be empty."""
    text = _without_announcement(_THOUGHT.sub("", answer).strip(), source, lines=_count_lines(source))
    text = _first_paragraphs(text, source)
    return _without_quotes(_without_label(text, source, target_lang), source).strip()


def is_complete(answer: str, *, source: str) -> bool:
    """Whether the translation is whole, so that what the model would write next is not needed."""
    if "\n" not in answer or _is_thinking(answer):
        return False
    text = _without_announcement(_THOUGHT.sub("", answer).lstrip(), source)
    return len(_BLANK_LINE.findall(text)) > _blank_lines(source) and not _ANNOUNCEMENT.fullmatch(text.strip())


def _is_thinking(answer: str) -> bool:
    return answer.lstrip().startswith("<think>") and "</think>" not in answer


def _without_announcement(text: str, source: str, *, lines: int = 0) -> str:
    """Twice at most: "Sure!" may stand before "Here is the translation:".

    What names no translation stays where fewer than `lines` would follow in the source's paragraphs.
    """
    if _ANNOUNCEMENT.match(source.strip() + "\n"):
        return text
    for _ in range(2):
        found = _ANNOUNCEMENT.match(text)
        rest = text[found.end() :].lstrip() if found else ""
        if not found or not rest.strip():
            return text
        if "translat" not in found[0].lower() and _count_lines(_first_paragraphs(rest, source)) < lines:
            return text
        text = rest
    return text


def _first_paragraphs(text: str, source: str) -> str:
    """As many paragraphs as the source has."""
    ends = [found.start() for found in _BLANK_LINE.finditer(text)]
    kept = _blank_lines(source)
    return text[: ends[kept]] if len(ends) > kept else text


def _count_lines(text: str) -> int:
    """Lines that are not blank."""
    return sum(1 for line in text.splitlines() if line.strip())


def _blank_lines(source: str) -> int:
    return len(_BLANK_LINE.findall(source.strip()))


def _without_label(text: str, source: str, target_lang: str) -> str:
    if ":" in source:
        return text
    codes = (target_lang, base_language(target_lang))
    names = {"translation", *(name(code).lower() for name in (language_name, own_language_name) for code in codes)}
    label, colon, rest = text.partition(":")
    return rest.lstrip() if colon and rest.strip() and label.strip().strip("*").lower() in names else text


def _without_quotes(text: str, source: str) -> str:
    if len(text) < 2 or source.strip()[:1] in _QUOTES:
        return text
    closing = _QUOTES.get(text[0], "")
    inner = text[1:-1]
    whole = text[-1] in closing and text[0] not in inner and text[-1] not in inner
    return inner.strip() if closing and whole else text
