"""One question through the ledger: looked up, asked once even if wanted twice at a time, recorded, read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from tutelage.storage.ledger import Call
from tutelage.storage.ledger.calls import ANSWERED
from tutelage.teachers.calling.failures import REFUSED_BY_SERVER, RefusedRequest
from tutelage.teachers.calling.ledger_queue import LedgerQueue
from tutelage.teachers.calling.parsing import ParsedAnswer, parse_answer
from tutelage.teachers.calling.sending import Line
from tutelage.teachers.calling.statuses import LOST, REFUSED, SPOILED, TRUNCATED, UNPARSED
from tutelage.teachers.calling.unusable import Case, UnusableAnswers
from tutelage.teachers.chat import ChatTeacher
from tutelage.teachers.messages import ChatAnswer, ChatRequest
from tutelage.teachers.role import Role


@dataclass(frozen=True, slots=True)
class Exchange:
    """The text of an answer and what could be read from it."""

    text: str
    parsed: ParsedAnswer
    spoiled: str = ""
    """Why the answer is beyond use and repair, one of `statuses.SPOILED`."""
    truncated: bool = False
    fresh: bool = False
    """Whether it was asked now, not taken from the ledger."""


class Asker:
    """Asks requests of one role; belongs to one event loop."""

    def __init__(self, role: Role[Any, Any], *, teacher: ChatTeacher, queue: LedgerQueue, line: Line) -> None:
        self._role, self._teacher, self._queue, self._line = role, teacher, queue, line
        self._in_flight: dict[str, asyncio.Task[Exchange]] = {}
        self.unusable = UnusableAnswers(teacher, queue, max_tokens=teacher.settings.max_tokens or role.max_tokens)

    async def ask(self, request: ChatRequest, *, case: Case) -> Exchange:
        """The answer to `request`, from the ledger if it is there; identical requests in flight are one call."""
        key = request.key
        try:
            exchange = await self._share(request, key)
        except RefusedRequest as refusal:
            case.keys.append(key)
            case.fresh = case.fresh or refusal.fresh
            raise
        case.fresh = case.fresh or exchange.fresh
        if exchange.parsed.value is None:
            case.keys.append(key)
        return exchange

    async def _share(self, request: ChatRequest, key: str) -> Exchange:
        if key in self._in_flight:
            exchange = await asyncio.shield(self._in_flight[key])
            self._count_reuse()
            return exchange
        task = asyncio.ensure_future(self._look_up_or_send(request, key))
        self._in_flight[key] = task
        task.add_done_callback(lambda _: self._in_flight.pop(key))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.cancel()
            raise

    async def _look_up_or_send(self, request: ChatRequest, key: str) -> Exchange:
        recorded = await self._queue.claim(key)
        if recorded is None:
            try:
                return await self._send(request, key)
            finally:
                self._queue.unclaim(key)
        self._count_reuse(recorded)
        if recorded.status == REFUSED:
            raise RefusedRequest(recorded.answer or "", fresh=False)
        status = recorded.status
        answer = ChatAnswer(
            recorded.answer or "", truncated=status == TRUNCATED, spoiled=status if status in SPOILED else ""
        )
        return self._read(answer)

    async def _send(self, request: ChatRequest, key: str) -> Exchange:
        draft = Call(
            key=key,
            role=self._role.name,
            teacher=self._teacher.signature,
            prompt_version=self._role.prompt_version,
            request=request.as_json(),
            answer=None,
            status=LOST,
            worst_tokens=request.worst_input_tokens + request.max_tokens,
            worst_cost=self._teacher.worst_cost(request),
        )
        try:
            answer = await self._line.send(request, draft=draft, fill=self._fill)
        except RefusedRequest as refusal:
            if refusal.reason == REFUSED_BY_SERVER:
                self.unusable.hold(draft, str(refusal))
            raise
        exchange = self._read(answer)  # only now: nothing that is in an answer can keep it from being recorded
        first, final = _status_unread(answer), _status_read(answer, exchange.parsed)
        if final != first:
            self._queue.restate(replace(draft, status=first), status=final)
        if final != ANSWERED and self.unusable.stopped:
            self._queue.set_aside([key])
        return replace(exchange, fresh=True)

    def _fill(self, draft: Call, answer: ChatAnswer) -> Call:
        return replace(
            draft,
            answer=answer.text,
            status=_status_unread(answer),
            input_tokens=answer.input_tokens,
            output_tokens=answer.output_tokens,
            cost=self._teacher.cost(input_tokens=answer.input_tokens, output_tokens=answer.output_tokens),
        )

    def _read(self, answer: ChatAnswer) -> Exchange:
        if answer.spoiled:
            return Exchange(answer.text, ParsedAnswer(None, answer.spoiled), answer.spoiled)
        parsed = parse_answer(answer.text, schema=self._role.schema, truncated=answer.truncated)
        return Exchange(answer.text, parsed, truncated=answer.truncated)

    def _count_reuse(self, call: Call | None = None) -> None:
        self._queue.count_reuse(call, role=self._role.name, teacher=self._teacher.signature)


def _status_unread(answer: ChatAnswer) -> str:
    """What can be said of an answer by its outside."""
    return answer.spoiled or (TRUNCATED if answer.truncated else ANSWERED)


def _status_read(answer: ChatAnswer, parsed: ParsedAnswer) -> str:
    if parsed.value is not None:
        return ANSWERED
    return answer.spoiled or (TRUNCATED if answer.truncated else UNPARSED)
