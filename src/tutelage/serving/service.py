"""What every interface of the server is built on: who asks, what is translated, what is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from starlette.requests import Request

from tutelage.core.protection.translation import Translated
from tutelage.corpora.filling import with_translations
from tutelage.serving.access import Access, OpenAccess
from tutelage.serving.corrections import keep_correction
from tutelage.serving.limits import Limits, Rates
from tutelage.serving.metrics import Metrics
from tutelage.serving.monitor import Monitor
from tutelage.serving.queue import Outputs
from tutelage.serving.refusal import RefusalError
from tutelage.serving.requests import Body, FieldsType, checked, read_body
from tutelage.serving.translator import Served, Translator
from tutelage.storage.feedback.store import Correction, FeedbackStore, Kept

ResultType = TypeVar("ResultType")


@dataclass(frozen=True, slots=True)
class Answer:
    """One text translated."""

    text: str
    best: Translated
    """The same without the white space around it."""
    others: tuple[Translated, ...] = ()
    """Further translations, each another one, the likeliest first."""

    @property
    def alternatives(self) -> tuple[str, ...]:
        """Their texts."""
        return tuple(one.text for one in self.others)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request read: its body, and who sent it."""

    body: Body
    caller: str
    """The name of a key; empty if none was needed."""

    def checked(self, form: type[FieldsType]) -> FieldsType:
        """Its fields."""
        return checked(self.body.fields, form)


@dataclass(slots=True)
class Service:
    """The parts of one server."""

    translator: Translator
    limits: Limits = field(default_factory=Limits)
    access: Access = field(default_factory=OpenAccess)
    metrics: Metrics = field(default_factory=Metrics)
    store: FeedbackStore | None = None
    """Where corrections go; `None` takes none."""
    monitor: Monitor = field(default_factory=Monitor)
    rates: Rates = field(init=False)
    characters: int = 0
    """Of all texts translated since the server began."""

    def __post_init__(self) -> None:
        self.rates = Rates(self.limits.rate)
        self.translator.on_unknown = self.metrics.unknown.inc
        for student in self.translator.students:
            student.queue.watch = partial(self._note, student)

    def close(self) -> None:
        """Finish what waits, and end."""
        self.translator.close()
        self.monitor.stop()

    def _note(self, student: Served, texts: Sequence[str], outcomes: Sequence[Translated]) -> None:
        self.monitor.note(
            texts,
            outcomes,
            direction=student.direction,
            protection=student.protection,
            known=student.background.known,
        )

    async def read(self, request: Request) -> Asked:
        """The request, if its sender may ask and its body is in order."""
        if request.method == "GET":
            sent = await read_body(request, self.limits)  # DeepL's client sends the fields of a GET so
            body = Body({**sent.fields, **request.query_params}, {})
        else:
            body = await read_body(request, self.limits)
        return Asked(body, self.admit(request, body))

    def admit(self, request: Request, body: Body | None = None) -> str:
        """The name of the caller's key; RefusalError without one where it is needed, or if it asks too often."""
        key = _key_of(request, body)
        name = self.access.name_of(key)
        self.rates.take(f"key {name}" if name else (request.client.host if request.client else ""))
        return name

    async def translate(self, student: Served, texts: Sequence[str], *, alternatives: int = 0) -> list[Answer]:
        """Each text translated, as `tutelage translate` does; what is blank stays as it is."""
        self.limits.check_texts(texts)
        asked = [core for text in texts if (core := text.strip())]
        translated = await self._within_time(student.translate(asked, outputs=alternatives + 1))
        outputs = iter(translated)
        found: list[Outputs] = []

        def best(sources: Any) -> Any:
            for _ in sources:
                found.append(next(outputs))
                yield found[-1][0].text

        answers = []
        for source, text in with_translations(texts, best, text_of=str):
            answers.append(_answer(text, found[-1] if source.strip() else (Translated(text),)))
        self.characters += sum(map(len, texts))
        self.metrics.texts.labels(student.model).inc(len(texts))
        self.metrics.lost.labels(student.model).inc(sum(bool(answer.best.lost) for answer in answers))
        return answers

    async def suggest(self, student: Served, source: str, correction: str, *, who: str) -> Kept:
        """Keep what somebody wrote in place of the student's output; RefusalError if none are taken."""
        if self.store is None:
            raise RefusalError(403, "This server takes no suggestions.")
        self.limits.check_texts([source, correction])
        if not source.strip() or not correction.strip():
            raise RefusalError(400, "A suggestion has a text and its translation.")
        output = (await self.translate(student, [source]))[0].text
        kept = await asyncio.to_thread(
            keep_correction,
            self.store,
            Correction(student.direction, source, output, correction, student.signature, who),
            protection=student.protection,
            likelihood=await self._within_time(student.weigh(source, correction)),
        )
        self.metrics.suggestions.labels(kept.state if kept.new else "known").inc()
        return kept

    async def _within_time(self, future: Future[ResultType]) -> ResultType:
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self.limits.seconds)
        except TimeoutError:
            raise RefusalError(408, "The translation took too long; send less at once.") from None


def _answer(text: str, outputs: Outputs) -> Answer:
    others: dict[str, Translated] = {}
    for one in outputs[1:]:
        if one.text != text.strip():
            others.setdefault(one.text, one)
    return Answer(text, outputs[0], tuple(others.values()))


def _key_of(request: Request, body: Body | None) -> str:
    """The key that a request brings, in any of the ways of its interfaces."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("bearer", "deepl-auth-key") and value:
        return value.strip()
    given = request.query_params.get("api_key") or (body.fields.get("api_key") if body else None) or ""
    return given if isinstance(given, str) else ""
