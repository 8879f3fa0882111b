"""One batch at the server: uploaded, looked at until it ends, downloaded. Passing trouble is waited out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tutelage.core.errors import TeacherError
from tutelage.teachers.batches.files import ENDPOINT, read_lines
from tutelage.teachers.calling.bodies import MOST_BODY_BYTES
from tutelage.teachers.calling.diagnosis import classify
from tutelage.teachers.calling.endpoints import RESUME
from tutelage.teachers.calling.failures import BrokenAnswer, Failure
from tutelage.teachers.calling.limits import SpoiledAnswer
from tutelage.teachers.calling.rate import Pace
from tutelage.teachers.chat import ChatTeacher

UNDER_WAY = frozenset({"validating", "in_progress", "finalizing", "cancelling"})
BYTES_IN_LINE = 1 << 15
"""Of a file of answers, on average at most: four times what an answer of the roles' longest has."""
_TOKEN = "tutelage"
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How a batch ended: lines by key, and the server's words where it failed as a whole."""

    lines: dict[str, dict[str, Any]]
    problem: str = ""


class BatchService:
    """The Batch API of one endpoint; belongs to one event loop."""

    def __init__(self, teacher: ChatTeacher, *, seed: int = 0) -> None:
        self._teacher, self._settings = teacher, teacher.settings
        self._most_bytes = MOST_BODY_BYTES + BYTES_IN_LINE * self._settings.batch_size
        self._client = teacher.open_client(self._settings.base_urls[0], most_bytes=self._most_bytes)
        self._pace = Pace(start=1, maximum=1, first_pause_seconds=self._settings.first_pause_seconds, seed=seed)

    async def begin(self, data: bytes, *, token: str) -> str:
        """Uploads requests and starts the batch; its id. TeacherError if the server takes none."""

        async def upload() -> Any:
            return await self._client.files.create(file=("requests.jsonl", data), purpose="batch")

        async def start() -> str:
            # an attempt that seemed to fail may have started it
            known = await self._find(token)
            if known is not None:
                return known
            batch = await self._client.batches.create(
                input_file_id=file.id, endpoint=ENDPOINT, completion_window="24h", metadata={_TOKEN: token}
            )
            return batch.id

        file = await self._persist(upload)
        return await self._persist(start)

    async def find(self, token: str) -> str | None:
        """The id of a batch that was started with `token`, among the newest hundred."""
        return await self._persist(lambda: self._find(token))

    async def finish(self, batch_id: str) -> BatchResult:
        """The result, when the batch has ended."""
        import openai

        while True:
            try:
                batch: Any = await self._persist(lambda: self._client.batches.retrieve(batch_id), missing=True)
            except openai.NotFoundError:
                return BatchResult({}, "the server does not know the batch any more")
            if batch.status not in UNDER_WAY:
                break
            await asyncio.sleep(self._settings.batch_poll_seconds)
        texts = [await self._download(name) for name in (batch.output_file_id, batch.error_file_id) if name]
        problem = "" if batch.status == "completed" else f"the batch is {batch.status}{_messages(batch)}"
        return BatchResult(read_lines(texts), problem)

    async def rest(self, failures: int) -> None:
        """A pause after so many failures in a row."""
        await asyncio.sleep(self._pace.pause_seconds(failures))

    def give_up(self, what: str, *, fix: str) -> TeacherError:
        """The error that ends the run, saying how it goes on."""
        return TeacherError(what, where=self._teacher.where, fix=f"{fix} {RESUME}")

    def stopped(self, failure: Failure) -> TeacherError:
        """The error for a failure of the batches' lines."""
        fix = failure.advise(model=self._settings.model, api_key_env=self._settings.api_key_env)
        return self.give_up(f"{_words(failure, 'it')}.", fix=fix)

    async def close(self) -> None:
        """Ends the connections."""
        await self._client.close()

    async def _find(self, token: str) -> str | None:
        page: Any = await self._client.batches.list(limit=100)
        return next((batch.id for batch in page.data if (batch.metadata or {}).get(_TOKEN) == token), None)

    async def _download(self, file_id: str) -> str:
        try:
            content: Any = await self._persist(lambda: self._client.files.content(file_id))
        except SpoiledAnswer:
            raise self.give_up(
                f"its file of answers is longer than {self._most_bytes >> 20:,} MiB.",
                fix="Make batch_size smaller, or leave out batch = true.",
            ) from None
        return str(content.content.decode("utf-8", errors="replace"))

    def _without_batches(self, failure: Failure) -> TeacherError:
        if failure.status not in {404, 405, 501}:
            fix = failure.advise(model=self._settings.model, api_key_env=self._settings.api_key_env)
        else:
            fix = "Check that this server has the Batch API, or leave out batch = true."
        return self.give_up(f"{_words(failure, 'its Batch API')}.", fix=fix)

    async def _persist(self, call: Callable[[], Awaitable[Result]], *, missing: bool = False) -> Result:
        """What `call` gives, after as many attempts as the settings allow; `missing` lets a 404 through."""
        import openai

        failures = 0
        while True:
            try:
                return await call()
            except (openai.APIError, BrokenAnswer) as error:
                if missing and isinstance(error, openai.NotFoundError):
                    raise
                failure = classify(error)
                failures += 1
                if failure.kind in {"barred", "refused"} or failures >= self._settings.max_attempts:
                    raise self._without_batches(failure) from error
                await self.rest(failures)


def _words(failure: Failure, who: str) -> str:
    if failure.status is None and (failure.kind == "barred" or failure.foreign):
        return f"it cannot be used: {failure.text}"
    return f"{who} answers {failure.status or 'nothing'}: {failure.text}"


def _messages(batch: Any) -> str:
    errors = getattr(getattr(batch, "errors", None), "data", None) or []
    words = "; ".join(str(error.message) for error in errors[:3] if error.message)
    return f" ({words})" if words else ""
