"""A role whose answer is the question's own word, and what it is asked about."""

import json
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from tutelage.teachers.messages import Message
from tutelage.teachers.role import Answered


class Echo(BaseModel):
    model_config = ConfigDict(extra="forbid")

    word: str


@dataclass(frozen=True)
class Item:
    id: str
    text: str


class EchoRole:
    name, prompt_version, schema, temperature, max_tokens = "echo", "echo-1", Echo, 0.0, 50

    def render(self, item):
        return [Message("user", item.text)]

    def verify(self, item, answer):
        return "forbidden" if answer.word == "bad" else None


def echo(messages):
    return json.dumps({"word": messages[0]["content"]})


def items(count):
    return [Item(str(number), f"w{number}") for number in range(count)]


def words(outcomes):
    return {outcome.item_id: outcome.answer.word for outcome in outcomes if isinstance(outcome, Answered)}
