"""What a server says when it refuses, in its own words: found in the body, cleaned, cut short, and read (pure)."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Literal

from tutelage.core.secrets import redact

SHOWN_CHARACTERS = 200
_ESCAPES = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b\[[0-?]*[ -/]*[@-~]?|\x1b.?|\x9b[0-?]*[ -/]*[@-~]?")
"""Sequences that a terminal obeys (ECMA-48)."""
_PAGE = re.compile(r"^\s*(?:<!doctype html|<html|<\?xml|<head|<body)", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.IGNORECASE | re.DOTALL)
_FIELDS = ("message", "detail", "error", "msg", "error_description", "title", "reason")
"""Where servers put their words."""

Subject = Literal["item", "account", "key", "parameter", "model", "path", "page", "unknown"]
"""What a refusal is about; *item* is the one question."""

_ITEM = re.compile(
    r"context.?(?:length|window|size)|maximum context|too long|too many (?:\w+ )?tokens|prompt is too|reduce the length"
    r"|content.?(?:filter|policy|management)|safety|moderation|flagged|invalid_prompt|string_above_max|inappropriate"
    r"|sensitive content|violat|too large for"
)
_ACCOUNT = re.compile(
    r"insufficient.?(?:quota|credit|balance|funds)|billing|payment|credit balance|current quota|spend(?:ing)?.limit"
    r"|arrear"
)
_KEY = re.compile(r"api.?key|unauthori[sz]ed|unauthenticated|authenticat|credential|bearer|invalid (?:access )?token")
_PARAMETER = re.compile(
    r"max_tokens|max_completion_tokens|temperature|response_format|json_schema|\bseed\b|\bstream(?:ing|_options)?\b"
    r"|(?:unsupported|unknown|unrecogni[sz]ed|invalid|unexpected|missing) (?:\w+ )?(?:parameter|argument|field)"
    r"|api.?version"
    r"|extra (?:inputs|fields) (?:are )?not (?:permitted|allowed)|unsupported_value"
)
_MODEL = re.compile(
    r"\bmodel\b.{0,120}\b(?:not|unknown|unsupported|invalid|deprecated|decommissioned|retired|unavailable|no such)\b"
    r"|\b(?:unknown|invalid|unsupported|no such|no|not a valid|find|load|missing)\b.{0,20}\bmodel\b|model.?not.?found"
    r"|deployment"
)
_PERMISSION = re.compile(r"permission|forbidden|access denied|not allowed|account|subscription")


@dataclass(frozen=True, slots=True)
class ServerWords:
    """`text` is fit to be shown; `code` and `parameter` are what OpenAI's format names besides."""

    text: str
    code: str = ""
    parameter: str = ""
    is_page: bool = False

    @property
    def named(self) -> str:
        """Code and parameter."""
        return f"{self.code} {self.parameter}".strip()

    def subject(self, status: int | None = None) -> Subject:
        """What they are about, as far as words and status tell."""
        said = f"{self.code} {self.text}".lower()
        if status == 413 or _ITEM.search(said):
            return "item"
        if self.is_page:
            return "page"
        named = self.parameter.partition("[")[0].partition(".")[0]
        if named and named not in {"messages", "model", "prompt", "input"}:
            return "parameter"
        tests: list[tuple[Subject, re.Pattern[str]]] = [
            ("account", _ACCOUNT),
            ("key", _KEY),
            ("parameter", _PARAMETER),
            ("model", _MODEL),
        ]
        found = next((subject for subject, pattern in tests if pattern.search(said)), None)
        return found or _subject_of_status(status) or ("key" if _PERMISSION.search(said) else "unknown")


def read_words(body: Any) -> ServerWords:
    """The words in the body of an error, whatever its form."""
    if isinstance(body, str | bytes):
        text = body.decode("utf-8", errors="replace") if isinstance(body, bytes) else body
        if _PAGE.match(text):
            return ServerWords(show(html.unescape(_HIDDEN.sub(" ", text))) or "an empty page", is_page=True)
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            return ServerWords(show(text) or "nothing")
    error = body.get("error") if isinstance(body, dict) and isinstance(body.get("error"), dict) else body
    if not isinstance(error, dict):
        return ServerWords(show(error if isinstance(error, str) else _as_json(error)) or "nothing")
    text = next((error[name] for name in _FIELDS if isinstance(error.get(name), str) and error[name].strip()), "")
    if _PAGE.match(text):
        return read_words(text)
    code = error.get("code") or error.get("type") or ""
    return ServerWords(show(text or _as_json(body)), show(str(code)), show(str(error.get("param") or "")))


def show(text: str, *, characters: int = SHOWN_CHARACTERS) -> str:
    """The beginning of a foreign text on one line, without anything that a terminal obeys or that cannot be seen."""
    plain = redact(_ESCAPES.sub("", text[: 50 * characters]))
    seen = "".join(" " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter for letter in plain)
    seen = "".join("\ufffd" if unicodedata.category(letter) == "Cs" else letter for letter in seen)
    line = " ".join("".join(letter for letter in seen if unicodedata.category(letter) != "Cf").split())
    return line if len(line) <= characters else line[: characters - 1] + "…"


def _subject_of_status(status: int | None) -> Subject | None:
    if status in {401, 403, 407}:
        return "key"
    if status == 402:
        return "account"
    return "path" if status in {404, 405, 410, 501} else None


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False) if value not in (None, "", {}, []) else ""
    except (ValueError, RecursionError):
        return ""
