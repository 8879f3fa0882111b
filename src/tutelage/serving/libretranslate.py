"""The interface of LibreTranslate, which Weblate, OmegaT and many others speak."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse

from tutelage.core.languages import language_name
from tutelage.serving.documents import translate_text
from tutelage.serving.files import served_suffixes
from tutelage.serving.requests import Fields
from tutelage.serving.routes import Routes
from tutelage.serving.service import Service
from tutelage.serving.translator import AUTO, Code, Detected


class TranslateFields(Fields):
    """Of /translate."""

    q: str | list[str]
    source: Code = AUTO
    target: Code
    format: Literal["text", "html"] = "text"
    alternatives: int = Field(default=0, ge=0, le=8)


class DetectFields(Fields):
    """Of /detect."""

    q: str


class SuggestFields(Fields):
    """Of /suggest: a text, and what its translation should be."""

    q: str
    s: str
    source: Code
    target: Code


def libretranslate(service: Service) -> Routes:
    """The routes."""
    router = Routes()

    @router.post("/translate")
    async def translate(request: Request) -> JSONResponse:
        fields = (await service.read(request)).checked(TranslateFields)
        texts = [fields.q] if isinstance(fields.q, str) else fields.q
        service.limits.check_texts(texts)
        detected = None
        source = fields.source
        if source == AUTO:
            sample = "\n".join(texts)
            detected = await asyncio.to_thread(service.translator.detect_source, sample, fields.target)
            source = detected.lang
        student = service.translator.find(source, fields.target)
        if fields.format == "html":
            translations = [await translate_text(service, student, text, "html") for text in texts]
            alternatives: list[list[str]] = [[] for _ in texts]
        else:
            answers = await service.translate(student, texts, alternatives=fields.alternatives)
            translations = [answer.text for answer in answers]
            alternatives = [list(answer.alternatives) for answer in answers]
        return JSONResponse(_translated(fields, translations, alternatives, detected))

    @router.get("/languages")
    async def languages(request: Request) -> JSONResponse:
        service.admit(request)
        return JSONResponse(_languages(service))

    @router.post("/detect")
    async def detect(request: Request) -> JSONResponse:
        fields = (await service.read(request)).checked(DetectFields)
        service.limits.check_texts([fields.q])
        return JSONResponse([_shown(await asyncio.to_thread(service.translator.detect, fields.q))])

    @router.post("/suggest")
    async def suggest(request: Request) -> JSONResponse:
        asked = await service.read(request)
        fields = asked.checked(SuggestFields)
        student = service.translator.find(fields.source, fields.target)
        kept = await service.suggest(student, fields.q, fields.s, who=asked.caller)
        return JSONResponse({"success": True, "held": kept.state == "held"})

    @router.get("/frontend/settings")
    async def settings(_request: Request) -> JSONResponse:
        return JSONResponse(_settings(service))

    return router


def _translated(
    fields: TranslateFields, translations: list[str], alternatives: list[list[str]], detected: Detected | None
) -> dict[str, Any]:
    """As many as were asked for, in the shape they were asked for in."""
    alone = isinstance(fields.q, str)
    found: dict[str, Any] = {"translatedText": translations[0] if alone else translations}
    if fields.alternatives:
        found["alternatives"] = alternatives[0] if alone else alternatives
    if detected is not None:
        shown = _shown(detected)
        found["detectedLanguage"] = shown if alone else [shown] * len(translations)
    return found


def _shown(detected: Detected) -> dict[str, Any]:
    return {"language": detected.lang, "confidence": round(100 * detected.confidence, 1)}


def _languages(service: Service) -> list[dict[str, Any]]:
    targets: dict[str, list[str]] = {}
    for student in service.translator.students:
        targets.setdefault(student.direction.source, []).append(student.direction.target)
    for student in service.translator.students:
        targets.setdefault(student.direction.target, [])
    return [{"code": code, "name": language_name(code), "targets": found} for code, found in targets.items()]


def _settings(service: Service) -> dict[str, Any]:
    first = service.translator.students[0].direction
    return {
        "apiKeys": True,
        "charLimit": service.limits.characters,
        "filesTranslation": True,
        "frontendTimeout": 500,
        "keyRequired": service.access.required,
        "language": {
            "source": {"code": first.source, "name": language_name(first.source)},
            "target": {"code": first.target, "name": language_name(first.target)},
        },
        "suggestions": service.store is not None,
        "supportedFilesFormat": served_suffixes(),
    }
