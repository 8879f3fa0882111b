"""The page: translate text and files, see what is kept, correct the output. It needs nothing but this server."""

from __future__ import annotations

import asyncio
from functools import cache
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse

from tutelage.core.languages import language_name
from tutelage.core.protection.spans import find_protected
from tutelage.corpora.language_id import UNDETERMINED
from tutelage.serving.confidence import confidence_of
from tutelage.serving.requests import Fields
from tutelage.serving.routes import Routes
from tutelage.serving.service import Answer, Service
from tutelage.serving.signs import SIGNS
from tutelage.serving.translator import Code, Served
from tutelage.storage.days import DayCounts

OTHERS = 3
"""Further translations that the page shows at most."""


class LookFields(Fields):
    """Of /look."""

    q: str
    source: Code
    target: Code


def page(service: Service) -> Routes:
    """The page, and what only it asks for."""
    routes = Routes()

    @routes.get("/")
    async def show(_request: Request) -> HTMLResponse:
        return HTMLResponse(_page())

    @routes.post("/look")
    async def look(request: Request) -> JSONResponse:
        fields = (await service.read(request)).checked(LookFields)
        student = service.translator.find(fields.source, fields.target)
        answer = (await service.translate(student, [fields.q], alternatives=OTHERS))[0]
        return JSONResponse(await asyncio.to_thread(_seen, service, student, fields.q, answer))

    @routes.get("/days")
    async def days(request: Request) -> JSONResponse:
        service.admit(request)
        return JSONResponse({"directions": [_days(service, student) for student in service.translator.students]})

    return routes


def _seen(service: Service, student: Served, source: str, answer: Answer) -> dict[str, Any]:
    """A translation with all that the page shows of it."""
    uses = () if student.glossary is None else student.glossary.uses(source, answer.text)
    look = service.monitor.looker.look(
        source, direction=student.direction, protection=student.protection, known=student.background.known
    )
    strange = look.other not in (None, "", UNDETERMINED)
    return {
        "translation": answer.text,
        "confidence": confidence_of(answer.best.log_probability),
        "alternatives": [{"text": one.text, "confidence": confidence_of(one.log_probability)} for one in answer.others],
        "spans": list(dict.fromkeys(span.text for span in find_protected(source, student.protection))),
        "terms": [
            {"text": use.occurrence.text, "wanted": list(use.occurrence.allowed), "kept": not use.is_broken}
            for use in uses
        ],
        "unseen": list(dict.fromkeys(look.unseen)),
        "language": language_name(look.other or "") if strange else "another script" if look.other else None,
    }


def _days(service: Service, student: Served) -> dict[str, Any]:
    """What was seen lately of one direction; shares from 0 to 1, null out of nothing."""
    days = service.monitor.days(student.direction)
    return {
        "source": student.direction.source,
        "target": student.direction.target,
        "test_set": student.background.told,
        "warnings": [one.words for one in service.monitor.warnings(student.direction)],
        "days": [{"day": day, "texts": counts.texts, **_shares(counts)} for day, counts in days.items()],
    }


def _shares(counts: DayCounts) -> dict[str, float | None]:
    return {sign.name: part.share if (part := sign.part(counts)).of else None for sign in SIGNS}


@cache
def _page() -> str:
    return (files("tutelage.serving") / "page.html").read_text("utf-8")
