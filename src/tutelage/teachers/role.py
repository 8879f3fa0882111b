"""What a teacher can be asked to do: a role renders a question, names the answer's schema, and verifies the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from tutelage.core.records import Provenance
from tutelage.core.signatures import content_key
from tutelage.teachers.messages import Message


class Identified(Protocol):
    """Anything with an id: what a role is asked about."""

    @property
    def id(self) -> str:
        """The id that the outcome will carry."""
        ...


Item_contra = TypeVar("Item_contra", bound=Identified, contravariant=True)
Answer = TypeVar("Answer", bound=BaseModel)


class Role(Protocol[Item_contra, Answer]):
    """One thing that teachers are asked; its prompt and schema live with the method that asks it."""

    @property
    def name(self) -> str:
        """The role in one word: translate, feedback, contexts."""
        ...

    @property
    def prompt_version(self) -> str:
        """Changes whenever the prompt does; written into provenance."""
        ...

    @property
    def schema(self) -> type[Answer]:
        """The shape of a usable answer: flat, extras forbidden."""
        ...

    @property
    def temperature(self) -> float:
        """0 for one right answer, higher for variety."""
        ...

    @property
    def max_tokens(self) -> int:
        """The longest answer; also what a call reserves in the budget."""
        ...

    def render(self, item: Item_contra) -> Sequence[Message]:
        """The question about one item (pure); foreign text goes through `delimit`."""
        ...

    def verify(self, item: Item_contra, answer: Answer) -> str | None:
        """Why the answer cannot be used, in a word or two to be counted, or none (pure)."""
        ...


class SignedRole:
    """Base of roles: what a role is asked by is told by its signature, so that stages which ask it depend on it."""

    name: str
    prompt_version: str
    schema: type[BaseModel]
    temperature: float
    max_tokens: int

    @property
    def signature(self) -> str:
        """Role and prompt, and a key of the rendered instruction, the schema and all settings."""
        told = {name: value for name, value in vars(self).items() if name != "schema"}
        facts = [self.schema.model_json_schema(), self.temperature, self.max_tokens, told]
        return f"{self.name}/{self.prompt_version}/{content_key(facts)}"


@dataclass(frozen=True, slots=True)
class Answered:
    """A verified answer, an instance of the role's schema, about the item with `item_id`."""

    item_id: str
    answer: Any
    provenance: Provenance = field(default_factory=Provenance)
