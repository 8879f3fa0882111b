"""A chat teacher: any server that speaks OpenAI's wire format, through the official asynchronous client."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import Field

from tutelage.core.errors import UsageError
from tutelage.core.settings import Count, Settings
from tutelage.teachers.messages import ChatRequest

if TYPE_CHECKING:
    from openai import AsyncOpenAI

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class ChatSettings(Settings):
    """Where a chat teacher is, and how hard it may be worked."""

    base_url: str
    """Up to and with `/v1`, as servers print it."""
    model: str
    api_key_env: str | None = None
    """Name of the environment variable that holds the key; the key itself is never written anywhere."""
    concurrency: Count = 4
    """Calls in flight at first; it adapts."""
    max_concurrency: Count = 32
    timeout_seconds: float = Field(default=120.0, gt=0)
    max_attempts: Count = 6
    """Failures in a row, with no answer to anybody in between, after which the run stops."""
    first_pause_seconds: float = Field(default=1.0, ge=0)
    """Wait after a first failure; doubles with each further one."""
    input_price: float | None = Field(default=None, ge=0)
    """Per million input tokens; none is unknown."""
    output_price: float | None = Field(default=None, ge=0)
    structured: bool = True
    """Ask for `json_schema`; a server that refuses it is asked by prompt alone anyway."""


class ChatTeacher:
    """A model behind an endpoint, to be asked through `ask`."""

    def __init__(self, settings: ChatSettings) -> None:
        self.settings = settings
        if urlsplit(settings.base_url).scheme not in {"http", "https"}:
            raise UsageError(
                f"'{settings.base_url}' is not the address of a chat server.",
                fix="Give it as http://host:port/v1 or https://host/v1.",
            )

    @property
    def signature(self) -> str:
        """The model's name; where it is served does not change what it says."""
        return f"chat:{self.settings.model}"

    def cost(self, *, input_tokens: int | None, output_tokens: int | None) -> float | None:
        """The price of a call, or none where a price or a count is not known."""
        settings = self.settings
        if settings.input_price is None or settings.output_price is None:
            return None
        if input_tokens is None or output_tokens is None:
            return None
        return (input_tokens * settings.input_price + output_tokens * settings.output_price) / 1e6

    def worst_cost(self, request: ChatRequest) -> float | None:
        """What the request costs at most, or none where prices are not known."""
        return self.cost(input_tokens=request.worst_input_tokens, output_tokens=request.max_tokens)

    def api_key(self) -> str:
        """The key from the environment; UsageError where it is named and not set."""
        name = self.settings.api_key_env
        if name is None:
            return "none"
        if not os.environ.get(name):
            raise UsageError(
                f"the environment variable {name} holds no key for {self.settings.base_url}.",
                fix=f"Set it (export {name}=…), or leave api_key_env out if the server wants none.",
            )
        return os.environ[name]

    def open_client(self) -> AsyncOpenAI:
        """A client for the event loop that runs; it does not retry, since `rate` decides that."""
        import openai

        settings, options = self.settings, dict[str, Any]()
        if urlsplit(settings.base_url).hostname in LOOPBACK:
            # a proxy named in the environment cannot reach this machine's own loopback
            options["http_client"] = openai.DefaultAsyncHttpxClient(trust_env=False)
        return openai.AsyncOpenAI(
            base_url=settings.base_url,
            api_key=self.api_key(),
            timeout=settings.timeout_seconds,
            max_retries=0,
            **options,
        )
