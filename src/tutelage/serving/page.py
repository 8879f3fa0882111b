"""The page: translate text and files, see what is kept, correct the output. It needs nothing but this server."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse

from tutelage.core.protection.spans import find_protected
from tutelage.serving.requests import Fields
from tutelage.serving.routes import Routes
from tutelage.serving.service import Service
from tutelage.serving.translator import Code


class ProtectedFields(Fields):
    """Of /protected."""

    q: str
    source: Code
    target: Code


def page(service: Service) -> Routes:
    """The page, and what only it asks for."""
    router = Routes()

    @router.get("/")
    async def show(_request: Request) -> HTMLResponse:
        return HTMLResponse(_page())

    @router.post("/protected")
    async def protected(request: Request) -> JSONResponse:
        fields = (await service.read(request)).checked(ProtectedFields)
        service.limits.check_texts([fields.q])
        student = service.translator.find(fields.source, fields.target)
        spans = [span.text for span in find_protected(fields.q, student.protection)]
        return JSONResponse({"spans": list(dict.fromkeys(spans))})

    return router


@cache
def _page() -> str:
    return (files("tutelage.serving") / "page.html").read_text("utf-8")
