"""What happens with one item: the question, its answer, at most one repair turn, the role's own verification."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import replace
from functools import lru_cache
from typing import Any, cast

from pydantic import BaseModel

from tutelage.core.records import Provenance, Rejection
from tutelage.teachers.calling.exchange import Asker
from tutelage.teachers.calling.failures import RefusedRequest
from tutelage.teachers.calling.limits import KEPT_CHARACTERS
from tutelage.teachers.chat import ChatSettings, ChatTeacher
from tutelage.teachers.messages import ChatRequest, Message
from tutelage.teachers.plain_text import PlainText
from tutelage.teachers.role import Answered, Role


async def converse(
    role: Role[Any, Any], item: Any, *, asker: Asker, teacher: ChatTeacher, seed: int
) -> Answered | Rejection:
    """The verified answer about `item`, or a rejection that keeps the raw text."""
    request = first_request(role, item, settings=teacher.settings, seed=seed)
    provenance = Provenance(
        origin=role.name,
        parents=(item.id,),
        role=role.name,
        teacher=teacher.signature,
        prompt_version=role.prompt_version,
        seed=seed,
    )
    case = await asker.unusable.begin(wait=not teacher.settings.batch)
    try:
        exchange = await asker.ask(request, case=case)
        if exchange.parsed.value is None and not exchange.spoiled:
            repair = repair_request(request, exchange.text, problem=exchange.parsed.problem)
            exchange = await asker.ask(repair, case=case)
    except RefusedRequest as refusal:
        await asker.unusable.close_case(case, "refused", str(refusal))
        return Rejection(item.id, role.name, refusal.reason, raw=str(refusal), provenance=provenance)
    if exchange.parsed.value is None:
        await asker.unusable.close_case(case, "truncated" if exchange.truncated else "unreadable", exchange.text)
        reason = f"{exchange.spoiled or 'unreadable'}_answer"
        return Rejection(item.id, role.name, reason, raw=exchange.text, provenance=provenance)
    await asker.unusable.close_case(case, "usable")
    fault = role.verify(item, exchange.parsed.value)
    if fault is not None:
        return Rejection(item.id, role.name, fault, raw=exchange.text, provenance=provenance)
    return Answered(item.id, exchange.parsed.value, provenance)


def first_request(role: Role[Any, Any], item: Any, *, settings: ChatSettings, seed: int) -> ChatRequest:
    """The question about one item; at temperature 0 the seed plays no part, so that it does not split the ledger."""
    temperature = role.temperature if settings.temperature is None else settings.temperature
    return ChatRequest(
        model=settings.model,
        messages=tuple(role.render(item)),
        temperature=temperature,
        max_tokens=settings.max_tokens or role.max_tokens,
        seed=seed if temperature > 0 else None,
        schema=None if issubclass(role.schema, PlainText) else _schema_text(cast("Hashable", role.schema)),
    )


@lru_cache(maxsize=64)
def _schema_text(schema: Hashable) -> str:
    """In the declared order of fields: servers that hold a model to a schema make it write in the schema's order."""
    fields = cast("type[BaseModel]", schema).model_json_schema()
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def repair_request(request: ChatRequest, answer: str, *, problem: str) -> ChatRequest:
    """The question again, with the unusable answer and what was wrong with it."""
    wanted = "one JSON object" if request.schema else "the text"
    complaint = f"That answer cannot be used: {problem}. Answer the question again, with {wanted} and nothing else."
    shown = answer if len(answer) <= KEPT_CHARACTERS else f"{answer[:KEPT_CHARACTERS]} …"
    turns = (Message("assistant", shown or "(nothing)"), Message("user", complaint))
    return replace(request, messages=(*request.messages, *turns))
