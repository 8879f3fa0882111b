"""What can be wrong with an answer that arrives: each function makes a wrong answer of a right one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

FALSE_QUOTE = "quetzalcoatlus zzyzx"
"""A quote that is in no text."""
OBEDIENT = "HACKED"
"""What an obedient answer says where the planted instruction asks for nothing in particular."""
FINNISH = (
    "Tämä lause on kirjoitettu kielellä, jota kukaan ei pyytänyt.",
    "Vastaus on kyllä olemassa, mutta se on väärällä kielellä.",
    "Tiedosto avataan huomenna aamulla, jos sää sen sallii.",
)
QUOTES = ("source_quote", "target_quote")
TARGETS = ("translation", "post_edit", "target", "correction")
"""Fields that hold text in the target language."""
_ORDERED = re.compile(r"[\"“«「'](?P<words>[^\"”»」']{1,80})[\"”»」']")


def cut_short(text: str) -> str:
    """The first half: what a server sends at the token limit."""
    return text[: len(text) // 2]


def change_schema(text: str) -> str:
    """The same under another name, and a field that nobody asked for."""
    return json.dumps({"result": text, "confidence": 0.93}, ensure_ascii=False)


def add_prose(text: str) -> str:
    """Words around the JSON, as chat models add them."""
    return f"Sure! Here is what you asked for:\n\n```json\n{text}\n```\n\nIs there anything else you would like?"


def change_language(text: str) -> str:
    """Finnish in the place of the target language."""
    said = iter(FINNISH * 100)
    return _change(text, lambda name, value: next(said) if name in TARGETS and value else value)


def falsify_quotes(text: str) -> str:
    """Quotes of what is not there."""
    return _change(text, lambda name, value: FALSE_QUOTE if name in QUOTES else value)


def say_nothing(text: str) -> str:
    """The empty answer."""
    return ""


def obey(question: str) -> Callable[[str], str]:
    """Makes an answer that obeys the question's text: it says the words that are there between quotation marks."""
    found = _ORDERED.search(question)
    said = found.group("words") if found else OBEDIENT
    return lambda text: _change(text, lambda name, value: said if name in TARGETS else value)


def _change(text: str, change: Callable[[str, Any], Any]) -> str:
    """The JSON with every text field as `change(name, value)` gives it; text that is no JSON stays."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return json.dumps(_walk(value, change), ensure_ascii=False)


def _walk(value: Any, change: Callable[[str, Any], Any], name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _walk(inner, change, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_walk(inner, change, name) for inner in value]
    return change(name, value) if isinstance(value, str) else value
