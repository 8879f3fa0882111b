"""Whole documents of a format of text, translated in a thread with every limit kept."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tutelage.core.errors import UserError
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.filling import Filling
from tutelage.corpora.formats.registry import FACTS, load_format
from tutelage.corpora.losses import Losses
from tutelage.serving.refusal import RefusalError
from tutelage.serving.service import Service
from tutelage.serving.translator import Served

PATIENCE = 10
"""How many times as long as a text a document may take."""


async def translate_text(service: Service, student: Served, text: str, text_format: str) -> str:
    """A text of a format, such as HTML."""
    filled = await translate_document(service, student, text.encode(), text_format)
    return filled.decode()


async def translate_document(service: Service, student: Served, content: bytes, text_format: str) -> bytes:
    """A document as `tutelage translate` fills it; RefusalError for one that cannot be read, or takes too long."""
    work = asyncio.to_thread(_fill, student, content, text_format)
    try:
        return await asyncio.wait_for(work, PATIENCE * service.limits.seconds)
    except TimeoutError:
        raise RefusalError(408, "The translation took too long; send a smaller file.") from None
    except UserError:
        raise RefusalError(400, f"The file cannot be read as {FACTS[text_format].what}.") from None


def _fill(student: Served, content: bytes, text_format: str) -> bytes:
    suffix = next(iter(FACTS[text_format].suffixes), "")
    with tempfile.TemporaryDirectory(prefix="tutelage-") as folder:
        path, out = Path(folder) / f"in{suffix}", Path(folder) / f"out{suffix}"
        path.write_bytes(content)
        filling = Filling(
            lang=student.direction.target,
            source_lang=student.direction.source,
            losses=Losses("fuzzy", protection=student.protection),
        )
        load_format(path, text_format=text_format).fill(path, out, student.stream, names=FieldNames(), filling=filling)
        return out.read_bytes()
