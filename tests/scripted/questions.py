"""What a request asks: the role by the schema of the answer, the particulars by the delimited parts of the question.

All that the scripted teacher knows of the package's prompts is in the tables of this file.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

ROLES = {
    "translation": "translate",
    "post_edit": "feedback",
    "domain": "analyse",
    "pairs": "contexts",
    "sentences": "sentences",
    "same_category": "analogies",
    "winner": "judge",
}
"""A property of the answer's schema → the role that it gives away."""
PLAIN_ROLES = {frozenset({"source", "translation"}): "edit", frozenset({"text"}): "translate many"}
"""The parts of a question without a schema → the role that they give away."""
FIELDS = {
    "source": ("sentence", "source", "text"),
    "hypothesis": ("translation",),
    "word": ("source", "text"),
    "translation": ("target",),
    "first": ("A",),
    "second": ("B",),
}
"""What the teacher wants to know → names under which the roles delimit it, of which the first that is there counts."""
DEFAULT_COUNT = 4
_PART = re.compile(r"<(([A-Za-z]\w*?)(?:-[0-9a-f]{8})?)>\n(.*?)\n</\1>", re.DOTALL)
_SCHEMA = re.compile(r"JSON Schema: (\{.*\})", re.DOTALL)
_COUNT = re.compile(r"\b(\d+)\b")


@dataclass(frozen=True, slots=True)
class Question:
    """One question to the teacher."""

    role: str
    """Empty where the schema is of no role."""
    parts: dict[str, str]
    """Delimited parts of the last question by name."""
    instruction: str
    """The question without its parts."""
    seed: int

    def part(self, wanted: str) -> str:
        """The part that is meant by `wanted`, a key of FIELDS; empty where there is none."""
        return next((self.parts[name] for name in FIELDS[wanted] if name in self.parts), "")

    @property
    def count(self) -> int:
        """How many answers are wanted: the first number of the instruction."""
        found = _COUNT.search(self.instruction)
        return int(found.group(1)) if found else DEFAULT_COUNT


def read_question(body: dict[str, Any]) -> Question:
    """The question in the body of a request."""
    messages = body["messages"]
    asked = next((turn["content"] for turn in reversed(messages) if turn["role"] == "user" and _has_part(turn)), "")
    properties = read_properties(body)
    role = next((role for name, role in ROLES.items() if name in properties), "")
    system = "\n".join(turn["content"] for turn in messages if turn["role"] == "system")
    parts = {match.group(2): match.group(3) for match in _PART.finditer(asked)}
    if not properties:
        role = next((role for needed, role in PLAIN_ROLES.items() if needed == parts.keys()), "")
    return Question(role, parts, f"{_PART.sub(' ', asked)}\n{system}", body.get("seed") or 0)


def read_properties(body: dict[str, Any]) -> frozenset[str]:
    """The properties of the answer's schema, wherever the request gives it."""
    structured = (body.get("response_format") or {}).get("json_schema")
    if structured is not None:
        return frozenset(structured["schema"].get("properties", {}))
    for turn in reversed(body["messages"]):
        found = _SCHEMA.search(turn["content"])
        if found is not None:
            schema, _ = json.JSONDecoder().raw_decode(found.group(1))
            return frozenset(schema.get("properties", {}))
    return frozenset()


def _has_part(turn: dict[str, str]) -> bool:
    return _PART.search(turn["content"]) is not None
