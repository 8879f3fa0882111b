"""One request over the wire: attempts, pauses, falling back from structured output, and when to give up."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from tutelage.core.errors import BudgetError, TeacherError
from tutelage.storage.ledger import Call, Ledger, Reservation
from tutelage.teachers.chat import ChatTeacher
from tutelage.teachers.messages import ChatAnswer, ChatRequest, Message, describe_schema
from tutelage.teachers.rate import Rate

if TYPE_CHECKING:
    from openai import APIError, AsyncOpenAI

BUSY = frozenset({408, 409, 425, 429, 503, 504, 529})
RESUME = "Everything answered so far is kept. Run the same command again to go on from there."
_SCHEMA_WORDS = ("response_format", "json_schema", "schema", "grammar", "structured", "guided")


Failure: TypeAlias = "APIError | BrokenAnswer"


class RefusedRequest(Exception):  # noqa: N818 - not an error of the run: this one request is turned down
    """The server will not answer this request, whatever the attempt; the text says why."""


class BrokenAnswer(Exception):  # noqa: N818 - retried like any other passing trouble
    """The server said 200 and sent something that is no chat completion."""


class Line:
    """A client, its rate, and what was learnt about the server; belongs to one event loop."""

    def __init__(self, teacher: ChatTeacher, *, ledger: Ledger, rate: Rate, client: AsyncOpenAI) -> None:
        self._teacher, self._ledger, self._rate, self._client = teacher, ledger, rate, client
        self._structured = teacher.settings.structured
        self._sending, self._sent = 0, asyncio.Condition()

    async def send(self, request: ChatRequest, *, draft: Call, fill: Callable[[Call, ChatAnswer], Call]) -> ChatAnswer:
        """The answer, recorded as `fill(draft, answer)`, after as many attempts as it takes.

        Raises BudgetError when the worst case does not fit even with nothing else in flight, TeacherError when the
        server answers nobody any more, RefusedRequest for a request it turns down.
        """
        import openai

        failures, successes = 0, self._rate.pace.successes
        while True:
            async with self._rate.slot() as era, self._reserved(draft) as reservation:
                if reservation is None:
                    continue
                try:
                    answer = await self._attempt(request)
                except (openai.APIError, BrokenAnswer) as error:
                    self._give_back(reservation, draft, error)
                    if self._stop_structuring(error, request):
                        continue
                    if successes != self._rate.pace.successes:
                        failures, successes = 0, self._rate.pace.successes
                    failures += 1
                    self._react(error, failures=failures, era=era)
                except BaseException:
                    self._ledger.release(reservation)
                    raise
                else:
                    self._ledger.record(fill(draft, answer), settles=reservation)
                    self._rate.pace.succeed()
                    return answer

    @asynccontextmanager
    async def _reserved(self, draft: Call) -> AsyncIterator[Reservation | None]:
        """Room in the budget; none after having waited for another call to need less than its worst case."""
        try:
            reservation = self._ledger.reserve(tokens=draft.worst_tokens, cost=draft.worst_cost)
        except BudgetError:
            if self._sending == 0:
                raise
            async with self._sent:
                await self._sent.wait()
            yield None
            return
        self._sending += 1
        try:
            yield reservation
        finally:
            self._sending -= 1
            async with self._sent:
                self._sent.notify_all()

    def _give_back(self, reservation: Reservation, draft: Call, error: Failure) -> None:
        """What was reserved; a call that ran out of time or broke may have been billed, so its worst case is kept."""
        import openai

        if isinstance(error, openai.APITimeoutError | BrokenAnswer):
            self._ledger.record(replace(draft, key=f"{draft.key}:lost:{uuid.uuid4().hex}"), settles=reservation)
        else:
            self._ledger.release(reservation)

    async def _attempt(self, request: ChatRequest) -> ChatAnswer:
        messages, options = request.messages, dict[str, Any](request.parameters)
        if request.schema and self._structured:
            options["response_format"] = _response_format(request.schema)
        elif request.schema:
            messages = _with_instruction(messages, describe_schema(request.schema))
        turns: Any = [{"role": message.role, "content": message.content} for message in messages]
        try:
            return _read(await self._client.chat.completions.create(model=request.model, messages=turns, **options))
        except (ValueError, TypeError, AttributeError, IndexError) as error:
            raise BrokenAnswer(f"what it sent is no chat completion: {error}") from error

    def _stop_structuring(self, error: Failure, request: ChatRequest) -> bool:
        """Whether the server refused `json_schema`: from now on it is asked without."""
        import openai

        if not (self._structured and request.schema and isinstance(error, openai.APIStatusError)):
            return False
        words = str(error).lower()
        if error.status_code not in {400, 404, 415, 422, 501} or not any(word in words for word in _SCHEMA_WORDS):
            return False
        self._structured = False
        return True

    def _react(self, error: Failure, *, failures: int, era: int) -> None:
        """Slow down, or stop everything, or turn down the one request, by the kind of failure."""
        import openai

        settings, pace = self._teacher.settings, self._rate.pace
        status = error.status_code if isinstance(error, openai.APIStatusError) else None
        if status in {401, 402, 403, 404}:
            raise self._stop(f"the server answers {status}: {_brief(error)}", fix=_status_fix(status, self._teacher))
        if status is not None and status not in BUSY and status < 500:
            raise RefusedRequest(_brief(error)) from error
        if status in BUSY or isinstance(error, openai.APITimeoutError):
            pace.push_back(era=era)
        if failures >= settings.max_attempts:
            raise self._stop(f"no answer after {failures} attempts in a row ({_brief(error)}).", fix=_fix(error))
        self._rate.pause(pace.pause_seconds(failures, retry_after=_retry_after(error)))

    def _stop(self, what: str, *, fix: str) -> TeacherError:
        error = TeacherError(what, where=f"teacher {self._teacher.settings.base_url}", fix=f"{fix} {RESUME}")
        self._rate.stop(error)
        return error


def _response_format(schema: str) -> dict[str, Any]:
    import json

    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": json.loads(schema)}}


def _with_instruction(messages: tuple[Message, ...], instruction: str) -> tuple[Message, ...]:
    """The instruction after the last user's turn, where small models still heed it."""
    last = messages[-1]
    return (*messages[:-1], replace(last, content=f"{last.content}\n\n{instruction}"))


def _read(completion: Any) -> ChatAnswer:
    choice, usage = completion.choices[0], completion.usage
    return ChatAnswer(
        text=choice.message.content or "",
        truncated=choice.finish_reason == "length",
        input_tokens=usage.prompt_tokens if usage else None,
        output_tokens=usage.completion_tokens if usage else None,
    )


def _retry_after(error: Failure) -> float | None:
    response = getattr(error, "response", None)
    value = response.headers.get("retry-after", "") if response is not None else ""
    try:
        return max(0.0, float(value))
    except ValueError:
        return None


def _brief(error: Failure) -> str:
    return " ".join(str(error).split())[:300]


def _fix(error: Failure) -> str:
    import openai

    if isinstance(error, openai.APITimeoutError):
        return "Raise timeout_seconds or lower max_concurrency."
    if isinstance(error, openai.APIConnectionError):
        return "Check that the server runs and that base_url is its address."
    return "Wait until the server has room again, or lower max_concurrency."


def _status_fix(status: int, teacher: ChatTeacher) -> str:
    if status == 404:
        return f"Check base_url (it usually ends in /v1) and that the server has a model '{teacher.settings.model}'."
    if status == 402:
        return "Top up the account."
    return f"Check the key in {teacher.settings.api_key_env or 'api_key_env (none is given)'}."
