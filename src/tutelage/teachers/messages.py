"""A question to a chat teacher as values: messages, request, answer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from tutelage.core.signatures import canonical_json
from tutelage.storage.ledger import call_key

MESSAGE_TOKENS = 16
"""Room for the template's tokens around one message (known templates use 3 to 8)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn: `role` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """All that decides the answer; equal requests have equal keys."""

    model: str
    messages: tuple[Message, ...]
    temperature: float
    max_tokens: int
    seed: int | None = None
    schema: str | None = None
    """The JSON Schema of the answer as JSON, in the order in which its fields are to be written; none for free text."""

    @property
    def key(self) -> str:
        """The content key in the ledger."""
        return call_key(model=self.model, parameters=self.parameters, messages=self._turns, schema=self.schema)

    @property
    def parameters(self) -> dict[str, Any]:
        """The sampling parameters, as the wire names them."""
        parameters: dict[str, Any] = {"temperature": self.temperature, "max_tokens": self.max_tokens}
        return parameters if self.seed is None else {**parameters, "seed": self.seed}

    @property
    def worst_input_tokens(self) -> int:
        """A bound on the input tokens: a byte-level vocabulary never has more tokens than bytes."""
        # told in words, the schema takes a little more than as a setting
        schema = describe_schema(self.schema) if self.schema else ""
        texts = [schema, *(message.content for message in self.messages)]
        return sum(len(text.encode()) for text in texts) + MESSAGE_TOKENS * len(self.messages)

    def as_json(self) -> str:
        """The request as the ledger shows it."""
        fields = {"model": self.model, "messages": self._turns, "schema": self.schema, "seed": self.seed}
        return canonical_json({**fields, "temperature": self.temperature, "max_tokens": self.max_tokens})

    @property
    def _turns(self) -> list[dict[str, str]]:
        """The messages as plain values: much faster to write as JSON than records."""
        return [{"role": message.role, "content": message.content} for message in self.messages]


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What came back; token counts are `None` if the server does not tell them."""

    text: str
    truncated: bool = False
    input_tokens: int | None = None
    output_tokens: int | None = None
    spoiled: str = ""
    """Why it is beyond use, one of `statuses.SPOILED`; then `text` is its start. Empty for all others."""
    thought: bool = False
    """Whether, being cut off, it was so while the model thought, or after it had thought."""


def delimit(text: str, *, name: str = "text") -> str:
    """`text` between an opening and a closing mark that cannot occur in it, so that it is read as data."""
    mark, digest = name, ""
    while f"{mark}>" in text:
        digest = hashlib.sha256(f"{digest}{text}".encode()).hexdigest()[:8]
        mark = f"{name}-{digest}"
    return f"<{mark}>\n{text}\n</{mark}>"


def describe_schema(schema: str) -> str:
    """What a server without structured output is told instead."""
    return f"Answer with one JSON object and nothing else. It must match this JSON Schema: {schema}"
