"""A chat teacher: any server that speaks OpenAI's wire format, through the official asynchronous client."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from tutelage.core.errors import UsageError
from tutelage.core.settings import Count
from tutelage.core.teacher_settings import EndpointSettings
from tutelage.teachers.addresses import address_problem, is_secret_name, shown_address, split_address
from tutelage.teachers.calling.bodies import MOST_BODY_BYTES
from tutelage.teachers.connections import NO_KEY, open_http_client
from tutelage.teachers.dialects import THINKING_TOKENS, Dialect, KnownDialect
from tutelage.teachers.keys import fill_in, read_key
from tutelage.teachers.messages import ChatRequest
from tutelage.teachers.prices import Rates, find_rates

if TYPE_CHECKING:
    from openai import AsyncOpenAI

FIRST_CALLS = 4
"""In flight at first at each endpoint."""


class ChatSettings(EndpointSettings):
    """An endpoint as it is worked: what the recipe says of it, and what only calling it needs."""

    base_url: str | tuple[str, ...]
    model: str
    concurrency: Count = FIRST_CALLS
    """Calls in flight at first at each endpoint; it adapts."""
    max_concurrency: Count = 32
    """Calls in flight at most at each endpoint."""
    max_attempts: Count = 8
    """Failures in a row, with no answer in between, after which an endpoint is given up; with the last one the run
    stops. Also how often one request may fail while others are answered."""
    first_pause_seconds: float = Field(default=1.0, ge=0)
    """Wait after a first failure; doubles with each further one."""
    batch_folder: str = "batches"
    """Where batches under way are remembered."""
    batch_poll_seconds: float = Field(default=30.0, gt=0)
    """Between two looks at a batch."""

    @property
    def most_in_flight(self) -> int:
        """Requests under way at most, at all endpoints together."""
        return self.batch_size if self.batch else self.max_concurrency * len(self.base_urls)


def chat_settings(settings: EndpointSettings, *, batch_folder: Path) -> ChatSettings:
    """What the recipe says of an endpoint, to be worked: few calls at first, at most `concurrency`."""
    most = settings.concurrency
    worked = {"concurrency": min(FIRST_CALLS, most), "max_concurrency": most, "batch_folder": str(batch_folder)}
    named = {"base_url": settings.base_url or "", "model": settings.model or ""}
    return ChatSettings(**{**dict(settings), **named, **worked})


def endpoint_rates(settings: EndpointSettings) -> Rates:
    """What an endpoint's tokens cost by what is told and by the tables of prices; UsageError for a bad table."""
    return find_rates(
        settings.model or "",
        base_url=next(iter(settings.base_urls), ""),
        own=settings.prices,
        told=Rates(settings.input_price, settings.output_price),
        part=settings.batch_discount if settings.batch else 1.0,
    )


class ChatTeacher:
    """A model behind one or several endpoints, to be asked through `ask`."""

    def __init__(self, settings: ChatSettings) -> None:
        self.settings = settings
        for url in settings.base_urls or ("",):
            if problem := address_problem(url):
                raise UsageError(f"base_url: {problem}")
        self.rates = endpoint_rates(settings)
        self.dialects = {url: KnownDialect(self._first_dialect()) for url in settings.base_urls}
        """What was learned of each endpoint, for all that is asked of it."""

    def _fill_in(self, told: dict[str, str]) -> dict[str, str]:
        return {name: fill_in(text, where=self.where) for name, text in told.items()}

    def _first_dialect(self) -> Dialect:
        told = self.settings.max_tokens is not None
        return Dialect(structured=self.settings.structured, most_thinking=0 if told else len(THINKING_TOKENS) - 1)

    @property
    def signature(self) -> str:
        """The model's name; where it is served does not change what it says."""
        return f"chat:{self.settings.model}"

    def cost(self, *, input_tokens: int | None, output_tokens: int | None) -> float | None:
        """The price of a call, or `None` if a price or a count is not known."""
        if self.rates.input is None or self.rates.output is None:
            return None
        if input_tokens is None or output_tokens is None:
            return None
        return (input_tokens * self.rates.input + output_tokens * self.rates.output) / 1e6

    def worst_cost(self, request: ChatRequest) -> float | None:
        """What the request costs at most, or `None` if prices are not known."""
        return self.cost(input_tokens=request.worst_input_tokens, output_tokens=request.max_tokens)

    def api_key(self) -> str:
        """The key from the environment; UsageError if it is named and not set."""
        name = self.settings.api_key_env
        return NO_KEY if name is None else read_key(name, where=self.where)

    @property
    def where(self) -> str:
        """The teacher as messages name it."""
        return f"teacher {', '.join(map(shown_address, self.settings.base_urls))}"

    def open_client(self, url: str, *, most_bytes: int = MOST_BODY_BYTES) -> AsyncOpenAI:
        """A client of one endpoint for the event loop that runs; it does not retry, since we decide that.

        No body is read beyond `most_bytes`, unpacked.
        """
        import openai

        address, settings = split_address(url), self.settings
        has_other_key = any(map(is_secret_name, (*settings.headers, *settings.query)))
        return openai.AsyncOpenAI(
            base_url=address.base,
            api_key=self.api_key(),
            default_headers=self._fill_in(settings.headers),
            default_query={**address.query, **self._fill_in(settings.query)},
            timeout=self.settings.timeout_seconds,
            max_retries=0,
            http_client=open_http_client(url, most_bytes=most_bytes, has_other_key=has_other_key),
        )


def served_here(base_url: str, *, model: str, slots: int, timeout_seconds: float) -> ChatTeacher:
    """The teacher behind a server of this machine that answers `slots` calls at once and costs nothing."""
    return ChatTeacher(
        ChatSettings(
            base_url=base_url,
            model=model,
            concurrency=slots,
            max_concurrency=slots,
            timeout_seconds=timeout_seconds,
            input_price=0.0,
            output_price=0.0,
        )
    )
