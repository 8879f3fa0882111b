"""Answers that are text alone: what a model writes around it is taken off."""

from __future__ import annotations

import re

from pydantic import BaseModel

_FENCED = re.compile(r"```[\w-]*\n(.*?)\n?```", re.DOTALL)
_MARKED = re.compile(r"<([A-Za-z][\w-]*)>\n(.*)\n</\1>", re.DOTALL)
"""As `messages.delimit` writes it: some models repeat the marks around what they were shown."""
_QUOTES = {'"': '"', "“": "”", "«": "»", "„": "“", "'": "'", "`": "`"}


class PlainText(BaseModel):
    """The schema of a role that is answered in plain text: the server is told none, and nothing is parsed as JSON."""

    text: str


def bare_text(answer: str) -> str:
    """The answer without a fence or marks around the whole of it."""
    text = answer.strip()
    for pattern, group in ((_FENCED, 1), (_MARKED, 2)):
        found = pattern.fullmatch(text)
        text = found[group].strip() if found else text
    return text


def written_for(source: str, answer: str) -> str:
    """What of the answer stands for `source`: without a word before it, a note behind it, and quotes around it.

    A first line that ends in a colon is an announcement unless the source has one too, and what follows an empty line
    is a note unless the source has one. Whether the rest can be what was asked for is for the role's nets to say.
    """
    text, core = answer.strip(), source.strip()
    first, _, rest = text.partition("\n")
    if rest.strip() and first.rstrip().endswith(":") and not core.partition("\n")[0].rstrip().endswith(":"):
        text = rest.strip()
    if "\n\n" not in core:
        text = re.split(r"\n\s*\n", text, maxsplit=1)[0].strip()
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and core[:1] not in _QUOTES:
        text = text[1:-1].strip()
    return text


def between_space_of(source: str, text: str) -> str:
    """The text between the same outer white space as the source, which messages need to keep."""
    core = source.strip()
    before, _, after = source.partition(core) if core else ("", "", "")
    return f"{before}{text.strip()}{after}"
