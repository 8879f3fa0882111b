"""As much of DeepL's interface as a translation needs: /v2/translate, /v2/languages and /v2/usage."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from pydantic import BeforeValidator
from starlette.requests import Request
from starlette.responses import JSONResponse

from tutelage.core.languages import language_name
from tutelage.serving.documents import translate_text
from tutelage.serving.requests import Fields
from tutelage.serving.routes import Routes
from tutelage.serving.service import Service
from tutelage.serving.translator import Code

_NO_LIMIT = 10**12
"""Characters; the interface has no word for none."""


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class DeeplFields(Fields):
    """Of /v2/translate."""

    text: Annotated[list[str], BeforeValidator(_as_list)]
    target_lang: Code
    source_lang: Code | None = None
    tag_handling: Literal["html", "xml"] | None = None
    """Markup is kept in any case; with `html` the texts of elements are translated one by one."""


def deepl(service: Service) -> Routes:
    """The routes."""
    router = Routes(prefix="/v2")

    @router.post("/translate")
    async def translate(request: Request) -> JSONResponse:
        fields = (await service.read(request)).checked(DeeplFields)
        service.limits.check_texts(fields.text)
        source = fields.source_lang
        if source is None:
            sample = "\n".join(fields.text)
            source = (await asyncio.to_thread(service.translator.detect_source, sample, fields.target_lang)).lang
        student = service.translator.find(source, fields.target_lang)
        if fields.tag_handling == "html":
            texts = [await translate_text(service, student, text, "html") for text in fields.text]
        else:
            texts = [answer.text for answer in await service.translate(student, fields.text)]
        said = student.direction.source.upper()
        return JSONResponse(
            {
                "translations": [
                    {"detected_source_language": said, "text": text, "billed_characters": len(given)}
                    for given, text in zip(fields.text, texts, strict=True)
                ]
            }
        )

    @router.get("/languages")
    async def languages(request: Request) -> JSONResponse:
        targets = (await service.read(request)).body.fields.get("type") == "target"
        found = {one.direction.target if targets else one.direction.source for one in service.translator.students}
        return JSONResponse([{"language": code.upper(), "name": language_name(code)} for code in sorted(found)])

    @router.get("/usage")
    async def usage(request: Request) -> JSONResponse:
        service.admit(request)
        return JSONResponse({"character_count": service.characters, "character_limit": _NO_LIMIT})

    return router
