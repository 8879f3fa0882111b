"""Files over HTTP, as LibreTranslate has it: one request gives a file, another fetches its translation."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tutelage.core.errors import UserError
from tutelage.corpora.files import COMPRESSIONS
from tutelage.corpora.formats.registry import FACTS, format_name
from tutelage.serving.documents import translate_document
from tutelage.serving.refusal import RefusalError
from tutelage.serving.requests import Fields
from tutelage.serving.routes import Routes
from tutelage.serving.service import Service
from tutelage.serving.translator import Code

KEPT_SECONDS = 600.0
MOST_BYTES = 100_000_000
"""Of all files that wait to be fetched; the oldest goes first."""
_NOT_SERVED = frozenset({"parquet", "feedback"})
"""Formats for programs, and for this machine alone."""


class FileFields(Fields):
    """Of /translate_file."""

    source: Code
    target: Code


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    content: bytes
    until: float


@dataclass(slots=True)
class Fetchable:
    """Translated files under names that nobody guesses, in memory and for ten minutes."""

    now: Callable[[], float] = time.monotonic
    _files: OrderedDict[str, _File] = field(default_factory=OrderedDict)

    def put(self, name: str, content: bytes) -> str:
        """Keep a file; what it is fetched by."""
        token = secrets.token_urlsafe(24)
        self._files[token] = _File(name, content, self.now() + KEPT_SECONDS)
        while self._files and sum(len(one.content) for one in self._files.values()) > MOST_BYTES:
            self._files.popitem(last=False)
        return token

    def get(self, token: str) -> _File:
        """The file; RefusalError if it was never there or is no longer."""
        for old in [one for one, file in self._files.items() if file.until < self.now()]:
            del self._files[old]
        if token not in self._files:
            raise RefusalError(404, "There is no such file, or it was kept long enough.")
        return self._files[token]


def files_api(service: Service) -> Routes:
    """The routes."""
    router, kept = Routes(), Fetchable()

    @router.post("/translate_file")
    async def translate_file(request: Request) -> JSONResponse:
        asked = await service.read(request)
        fields = asked.checked(FileFields)
        if "file" not in asked.body.files:
            raise RefusalError(400, "There is no file in the form.")
        student = service.translator.find(fields.source, fields.target)
        upload = asked.body.files["file"]
        name = plain_file_name(upload.filename or "")
        filled = await translate_document(service, student, await upload.read(), served_format(name))
        token = kept.put(f"{fields.target}.{name}", filled)
        return JSONResponse({"translatedFileUrl": f"{request.base_url}download_file/{token}"})

    @router.get("/download_file/{token}")
    async def download(request: Request) -> Response:
        file = kept.get(request.path_params["token"])
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return Response(file.content, media_type="application/octet-stream", headers=headers)

    return router


def plain_file_name(given: str) -> str:
    """The last part of a name, in letters that every header can hold."""
    name = PureWindowsPath(PurePosixPath(given).name).name
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in name)[
        -100:
    ]


def served_format(name: str) -> str:
    """The format by the file's suffix; RefusalError for one that is not translated here."""
    if name.lower().endswith(tuple(COMPRESSIONS)):
        raise RefusalError(400, "Compressed files are not translated; send the file as it is.")
    try:
        found = format_name(name)
    except UserError:
        found = ""
    if found not in FACTS or found in _NOT_SERVED:
        raise RefusalError(400, f"Files of this kind are not translated; these are: {', '.join(served_suffixes())}.")
    return found


def served_suffixes() -> list[str]:
    """The suffixes of the files that are translated."""
    return [suffix for name, facts in FACTS.items() if name not in _NOT_SERVED for suffix in facts.suffixes]
