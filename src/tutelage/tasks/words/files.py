"""A word list as a file: JSON Lines that are also a bilingual text, so that every command reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.core.records import Pair, Provenance, Segment
from tutelage.corpora.bad_lines import shown
from tutelage.corpora.files import decoded, read_lines, written_whole
from tutelage.evaluation.word_lists import WordItem


class WordRow(BaseModel):
    """One line of a word list."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str
    source: str
    target: str
    """The reference."""
    source_lang: str
    target_lang: str
    word: str
    translations: list[str]
    group: str
    """For readers; it follows from `sightings`."""
    sightings: int
    contexts: int
    segment: str
    """Id of the segment, which several words may share."""
    document: str = ""


def write_word_list(path: Path | str, items: Sequence[WordItem]) -> None:
    """Write the items whole or not at all; `-` is standard output, and `.gz` compresses."""
    with written_whole(path) as stream:
        for item in items:
            stream.write(json.dumps(_row(item).model_dump(), ensure_ascii=False).encode() + b"\n")


def read_word_list(path: Path | str) -> list[WordItem]:
    """The items of a file; CorpusError with file, line and reason where one is bad, or where ids come twice."""
    items: dict[str, WordItem] = {}
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        item = _item(_parse(line, where), where)
        if item.id in items:
            raise CorpusError(f"the id '{shown(item.id)}' was already used.", where=where, fix="Build the list again.")
        items[item.id] = item
    if not items:
        raise CorpusError("the word list is empty.", where=str(path), fix="Build it with: tutelage words build")
    return list(items.values())


def direction_of(items: Sequence[WordItem]) -> Direction:
    """The direction that the items ask about."""
    return Direction(items[0].pair.source.lang, items[0].pair.target.lang)


def _parse(line: bytes, where: str) -> WordRow:
    try:
        return WordRow.model_validate_json(decoded(line))
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        reason = f"{place}: {fault['msg']}" if place else fault["msg"]
    except ValueError as error:
        reason = str(error)
    fix = "A word list is what `tutelage words build` writes."
    raise CorpusError(f"not an item of a word list ({reason}).", where=where, fix=fix)


def _row(item: WordItem) -> WordRow:
    source, target = item.pair.source, item.pair.target
    return WordRow(
        id=item.id,
        source=source.text,
        target=target.text,
        source_lang=source.lang,
        target_lang=target.lang,
        word=item.word,
        translations=list(item.translations),
        group=item.group,
        sightings=item.sightings,
        contexts=item.contexts,
        segment=source.id,
        document=source.document,
    )


def _item(row: WordRow, where: str) -> WordItem:
    provenance = Provenance(origin=where)
    source, target = (
        Segment(id=row.segment, text=text, lang=lang, document=row.document, provenance=provenance)
        for text, lang in ((row.source, row.source_lang), (row.target, row.target_lang))
    )
    return WordItem(
        id=row.id,
        word=row.word,
        translations=tuple(row.translations),
        pair=Pair(source, target, provenance),
        sightings=row.sightings,
        contexts=row.contexts,
    )
