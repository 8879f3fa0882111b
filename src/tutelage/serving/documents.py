"""Whole documents of a format of text, translated in a thread with every limit kept."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
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
    """A text of a format, such as HTML; a blank one is its own translation."""
    if not text.strip():
        return text
    filled = await translate_document(service, student, text.encode(), text_format)
    return filled.decode()


async def translate_document(service: Service, student: Served, content: bytes, text_format: str) -> bytes:
    """A document as `tutelage translate` fills it; RefusalError for one that cannot be read, or takes too long."""
    given_up = threading.Event()
    work = asyncio.to_thread(_fill, student, content, text_format, given_up)
    try:
        return await asyncio.wait_for(work, PATIENCE * service.limits.seconds)
    except TimeoutError:
        raise RefusalError(408, "The translation took too long; send a smaller file.") from None
    except UserError:
        raise RefusalError(400, f"The file cannot be read as {FACTS[text_format].what}.") from None
    finally:
        given_up.set()  # the thread goes on no longer than to the next text


class _GivenUp(Exception):  # noqa: N818 - nothing went wrong in the thread
    """Nobody waits for the document any more."""


def _while_wanted(student: Served, given_up: threading.Event, texts: Iterator[str]) -> Iterator[str]:
    def wanted(some: Iterator[str]) -> Iterator[str]:
        for one in some:
            if given_up.is_set():
                raise _GivenUp
            yield one

    return wanted(student.stream(wanted(texts)))


def _fill(student: Served, content: bytes, text_format: str, given_up: threading.Event) -> bytes:
    suffix = next(iter(FACTS[text_format].suffixes), "")
    with tempfile.TemporaryDirectory(prefix="tutelage-") as folder:
        path, out = Path(folder) / f"in{suffix}", Path(folder) / f"out{suffix}"
        path.write_bytes(content)
        filling = Filling(
            lang=student.direction.target,
            source_lang=student.direction.source,
            losses=Losses("fuzzy", protection=student.protection),
        )
        translate = partial(_while_wanted, student, given_up)
        load_format(path, text_format=text_format).fill(path, out, translate, names=FieldNames(), filling=filling)
        return out.read_bytes()
