"""One call, given up when nothing comes for too long: a server may be as slow as it likes while it answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tutelage.core.counts import counted
from tutelage.teachers.calling.stream import AnswerBody

if TYPE_CHECKING:
    from openai import AsyncOpenAI

LONGEST_WITHOUT_PROGRESS = 5
"""Times the silence that is borne, while a server only shows that it lives: blanks, comments, a body byte by byte."""
COARSENESS = 0.05
"""Part of the silence by which it may be longer: setting the clock anew costs as much as reading a word."""
AFTER_THE_END_SECONDS = 1.0
"""For the end of a body whose answer is whole: with it the connection can be used again."""
_HEADERS = {
    "X-Stainless-Raw-Response": "stream",  # the client's own switch for handing over the response before its body
    "Accept-Encoding": "identity",
}


async def fetch_completion(
    client: AsyncOpenAI, body: dict[str, Any], *, silence_seconds: float, most_bytes: int
) -> Any:
    """The completion, streamed or not, as plain values.

    TimeoutError when nothing has come for `silence_seconds`, and when there was no part of an answer for five times as
    long. Whenever it ends early, the connection is closed, so that the server stops work.
    """
    answer = AnswerBody(most_bytes=most_bytes)
    try:
        async with asyncio.timeout(silence_seconds) as silence:
            response = await _post(client, body, connect_seconds=0.9 * silence_seconds)
            try:
                await _read(response, answer, silence=silence, silence_seconds=silence_seconds)
            finally:
                await response.aclose()
    except TimeoutError as error:
        if not answer.is_whole:
            raise TimeoutError(f"nothing came for {counted(silence_seconds, 'second')}") from error
    return answer.completion()


async def _post(client: AsyncOpenAI, body: dict[str, Any], *, connect_seconds: float) -> Any:
    """The response of the HTTP library, when its headers are there."""
    import openai

    options: Any = {"headers": _HEADERS, "timeout": openai.Timeout(None, connect=connect_seconds)}
    handed: Any = await client.post("/chat/completions", body=body, cast_to=object, options=options)
    return handed.http_response


async def _read(response: Any, answer: AnswerBody, *, silence: asyncio.Timeout, silence_seconds: float) -> None:
    import openai

    loop, longest = asyncio.get_running_loop(), LONGEST_WITHOUT_PROGRESS * silence_seconds
    step, due, latest = COARSENESS * silence_seconds, 0.0, loop.time() + longest
    try:
        async for piece in response.aiter_raw():
            now, ended = loop.time(), answer.is_whole
            if answer.feed(piece):
                latest = now + longest
            if answer.is_whole:
                if not ended:
                    silence.reschedule(now + AFTER_THE_END_SECONDS)
            elif now >= due:
                silence.reschedule(min(now + silence_seconds + step, latest))
                due = now + step
    except Exception as error:
        if not _is_of_library(error, response):
            raise
        if not answer.is_whole:
            raise openai.APIConnectionError(request=response.request) from error


def _is_of_library(error: Exception, response: Any) -> bool:
    """Whether the HTTP library raised it: which library that is depends on the client's version."""
    return type(error).__module__.partition(".")[0] == type(response).__module__.partition(".")[0]
