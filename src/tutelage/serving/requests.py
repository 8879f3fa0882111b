"""What comes in: a body within its limits, as JSON or as a form, checked field by field."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from tutelage.corpora.rows import character_fault
from tutelage.serving.limits import Limits
from tutelage.serving.refusal import RefusalError

_DEEPEST_BODY = 5
"""Levels of lists and objects in JSON."""


class Fields(BaseModel):
    """The fields of a request. What this server does not know is left alone: clients send more than they need."""

    model_config = ConfigDict(extra="ignore", frozen=True)


FieldsType = TypeVar("FieldsType", bound=Fields)


@dataclass(frozen=True, slots=True)
class Body:
    """What a client sent: fields, and files of a form."""

    fields: dict[str, Any]
    files: dict[str, UploadFile]


async def read_body(request: Request, limits: Limits) -> Body:
    """The body of a request; RefusalError for one that is too large, too slow, or neither JSON nor a form."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared[:20]) > limits.body_bytes:
        raise RefusalError(413, f"The request is larger than {limits.body_bytes:,} bytes.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        async with asyncio.timeout(limits.seconds):
            if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
                return await _form(request)
            return Body(_parsed(await request.body()), {})
    except TimeoutError:
        raise RefusalError(408, "The request took too long to arrive.") from None


async def _form(request: Request) -> Body:
    try:
        form = await request.form(max_files=1, max_fields=1000)
    except (HTTPException, ValueError, UnicodeError) as error:
        raise RefusalError(400, "The form cannot be read.") from error
    fields: dict[str, Any] = {}
    files: dict[str, UploadFile] = {}
    for name in form:
        values = form.getlist(name)
        texts = [value for value in values if isinstance(value, str)]
        if texts:
            fields[name.removesuffix("[]")] = texts[0] if len(texts) == 1 else texts
        if isinstance(last := values[-1], UploadFile):
            files[name] = last
    return Body(fields, files)


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw.decode("utf-8")) if raw.strip() else {}
    except (ValueError, RecursionError):
        raise RefusalError(400, "The body is neither JSON in UTF-8 nor a form.") from None
    if not isinstance(found, dict):
        raise RefusalError(400, "The body is no JSON object.")
    return found


def checked(fields: dict[str, Any], form: type[FieldsType]) -> FieldsType:
    """The fields as they should be; RefusalError names the first that is not, and never repeats what it says."""
    _check_characters(fields)
    try:
        return form.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        names = [str(part) for part in first["loc"] if str(part) in form.model_fields or isinstance(part, int)]
        raise RefusalError(400, f"{'.'.join(names) or 'The request'}: {_said(first['msg'])}.") from None


def _said(message: str) -> str:
    plain = message.removeprefix("Value error, ")
    return plain[:1].lower() + plain[1:]


def _check_characters(value: Any, depth: int = 0) -> None:
    """RefusalError for what no text has; deep values are not looked into, since no field is deep."""
    if isinstance(value, str) and (fault := character_fault(value)) is not None:
        raise RefusalError(400, f"A text has {fault}.")
    if depth < _DEEPEST_BODY and isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            _check_characters(one, depth + 1)
