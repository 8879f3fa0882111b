"""How an endpoint wants to be asked: servers and models differ in what they refuse, and that is left out (pure).

A dialect only ever loses: features are left out one by one, so asking in another way comes to an end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

Stream = Literal["with_usage", "plain", "none"]
"""How an answer is asked for: in pieces that end with token counts, in pieces, or whole."""
THINKING_TOKENS = (0, 4096, 16_384)
"""Granted beyond the longest answer to a model that thinks before it answers, more if it was cut off all the same."""
_UNSUPPORTED = re.compile(
    r"unsupported|not supported|(?:does|do)(?:es)? ?n[o']t support|unknown|unrecogni|not (?:permitted|allowed)"
    r"|unexpected|deprecated|no longer"
)
_STREAM = re.compile(r"\b(?:stream|streaming|stream_options|include_usage)\b")
_STREAM_USAGE = re.compile(r"\b(?:stream_options|include_usage)\b")
_SCHEMA = re.compile(r"response.?format|json.?schema|\bschema\b|grammar|structured|guided|json.?mode|json_object")
_ROOM = re.compile(r"max_tokens|max_completion_tokens|context|tokens")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What an endpoint is asked with; everything, until it refuses something."""

    structured: bool = True
    """With the schema; else the schema is told in words."""
    temperature: bool = True
    seed: bool = True
    token_limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """The name of the limit: OpenAI's newer models take only the second, most other servers only the first."""
    stream: Stream = "with_usage"
    thinking: int = 0
    """Place in `THINKING_TOKENS`."""
    most_thinking: int = len(THINKING_TOKENS) - 1

    @property
    def thinking_tokens(self) -> int:
        """Granted beyond the longest answer."""
        return THINKING_TOKENS[self.thinking]

    def without(self, said: str) -> Dialect:
        """The same without what the words of a refusal, in lower case, are about; unchanged if about none of it."""
        if self.stream != "none" and _STREAM.search(said):
            usage = self.stream == "with_usage" and _STREAM_USAGE.search(said)
            return replace(self, stream="plain" if usage else "none")
        if self.thinking and _ROOM.search(said) and not _UNSUPPORTED.search(said):
            return replace(self, thinking=self.thinking - 1, most_thinking=self.thinking - 1)
        if self.token_limit == "max_tokens" and _is_about_the_name(said):
            return replace(self, token_limit="max_completion_tokens")
        if self.temperature and "temperature" in said:
            return replace(self, temperature=False)
        if self.seed and re.search(r"\bseed\b", said):
            return replace(self, seed=False)
        if self.structured and _SCHEMA.search(said):
            return replace(self, structured=False)
        return self

    def with_more_thinking(self) -> Dialect | None:
        """The same with more room to think; `None` at the end of it."""
        return replace(self, thinking=self.thinking + 1) if self.thinking < self.most_thinking else None

    def join(self, other: Dialect) -> Dialect:
        """Without what either leaves out."""
        streams: tuple[Stream, ...] = ("none", "plain", "with_usage")
        most = min(self.most_thinking, other.most_thinking)
        limits = {self.token_limit, other.token_limit}
        return Dialect(
            structured=self.structured and other.structured,
            temperature=self.temperature and other.temperature,
            seed=self.seed and other.seed,
            token_limit="max_tokens" if limits == {"max_tokens"} else "max_completion_tokens",
            stream=min(self.stream, other.stream, key=streams.index),
            thinking=min(most, max(self.thinking, other.thinking)),
            most_thinking=most,
        )


def _is_about_the_name(said: str) -> bool:
    """Whether the limit's name is refused, and not its value."""
    return "max_tokens" in said and ("use 'max_completion" in said or _UNSUPPORTED.search(said) is not None)


@dataclass(slots=True)
class KnownDialect:
    """What has been learned of one endpoint; kept as long as the teacher is."""

    dialect: Dialect
    is_proved: bool = False
    """Whether an answer to a question with a schema has come."""

    def learn(self, dialect: Dialect) -> str:
        """Another way of asking is right, or the only one that is left; what to tell of it, if anything is new."""
        before, self.dialect = self.dialect, self.dialect.join(dialect)
        return "; ".join(told for told, is_new in _news(before, self.dialect) if is_new)


def _news(old: Dialect, new: Dialect) -> list[tuple[str, bool]]:
    return [
        ("structured output is refused, so the schema is told in words", old.structured != new.structured),
        ("temperature is refused and left out", old.temperature != new.temperature),
        ("seed is refused and left out", old.seed != new.seed),
        (f"the limit of an answer is named {new.token_limit}", old.token_limit != new.token_limit),
        (f"the model thinks first: {new.thinking_tokens} tokens more are granted", new.thinking > old.thinking),
    ]
