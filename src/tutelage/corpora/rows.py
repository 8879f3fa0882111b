"""What every format's reader yields, a row or a bad line, and rows out of named fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tutelage.core.languages import base_language
from tutelage.corpora.bad_lines import BadLine
from tutelage.corpora.columns import (
    DOCUMENT_NAMES,
    DRAFT_NAMES,
    NESTED,
    POST_EDIT_NAMES,
    SOURCE_NAMES,
    TARGET_NAMES,
    FieldNames,
    flat_fields,
    matching,
)
from tutelage.corpora.filling import Filling, Translate
from tutelage.storage.limits import MAX_LINE_BYTES

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Row:
    """One line or message as its file has it; `target` is `None` if the file holds one language."""

    number: int
    """Line of a text file, row of a table, or message of a catalogue: from 1."""
    source: str
    target: str | None = None
    draft: str | None = None
    """What a machine had written before a person made the target; `None` if the file does not have it."""
    id: str = ""
    document: str = ""
    line: int = 0
    """Line of the file if it is not the number."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """All the fields of the row, for filtering by `only` and `without`."""


@dataclass(frozen=True, slots=True)
class Languages:
    """The languages asked for; `target` is empty if one language is read."""

    source: str
    target: str = ""
    post_edits: bool = False
    """Whether what people made of drafts is read: also what they once made of an earlier source."""
    drafts: bool = False
    """Whether what nobody has approved yet is read too, such as fuzzy messages."""
    source_file: str = ""
    """The same text in the source language, for a format that holds one language a file."""


class TextFormat(Protocol):
    """Reads rows of one format and writes the same file translated."""

    def read(self, path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
        """Every row of the file, bad ones included, streaming if the format allows it."""
        ...

    def fill(
        self, path: Path | str, out: Path | str, translate: Translate, *, names: FieldNames, filling: Filling
    ) -> int:
        """Write the file with its translations; how many texts it has."""
        ...


def row_from_fields(number: int, fields: Mapping[str, Any], *, names: FieldNames, languages: Languages) -> Row:
    """The row that named fields make; ValueError saying which field is missing or is not text."""
    flat = flat_fields(fields)
    columns = tuple(flat)
    turned = is_turned(fields, names=names, languages=languages)
    source_names, target_names = (TARGET_NAMES, SOURCE_NAMES) if turned else (SOURCE_NAMES, TARGET_NAMES)
    sources = matching(columns, names.source, source_names, languages.source, names.id)
    targets = matching(columns, names.target, target_names, languages.target, names.id)
    drafts = matching(columns, names.draft, DRAFT_NAMES, "")
    edited = matching(columns, "", POST_EDIT_NAMES, "")
    if languages.post_edits and not names.target and _first(flat, edited) is not None:
        drafts, targets = (*drafts, *targets) if not names.draft else drafts, edited
    _check_languages(fields, languages, turned=turned)
    row = Row(
        number=number,
        source=_text_of(flat, sources, "source", languages.source),
        target=_text_of(flat, targets, "target", languages.target) if languages.target else None,
        draft=_draft_of(flat, drafts) if languages.post_edits else None,
        id=str(fields.get(names.id) or ""),
        document=str(_first(fields, matching(tuple(fields), names.document, DOCUMENT_NAMES, "")) or ""),
        fields=fields,
    )
    if (fault := row_fault(row)) is not None:
        raise ValueError(fault)
    return row


def target_field(fields: Mapping[str, Any], *, names: FieldNames, languages: Languages, given: str = "") -> str:
    """The field that a translation is written into: a given one, that which the target is read from, or a new one."""
    if given:
        return given
    turned = is_turned(fields, names=names, languages=languages)
    usual = SOURCE_NAMES if turned else TARGET_NAMES
    columns = tuple(flat_fields(fields))
    source = matching(columns, names.source, TARGET_NAMES if turned else SOURCE_NAMES, languages.source, names.id)[:1]
    found = [one for one in matching(columns, names.target, usual, languages.target, names.id) if one not in source]
    if found:
        return found[0]
    return names.target or (languages.target if isinstance(fields.get(NESTED), Mapping) else "target")


def is_turned(fields: Mapping[str, Any], *, names: FieldNames, languages: Languages) -> bool:
    """Whether a row says that it is in the reverse direction."""
    return not (names.source or names.target) and _states_reverse(fields, languages)


def source_of(row: Row | BadLine) -> str:
    """The text to translate; nothing of a bad line."""
    return row.source if isinstance(row, Row) else ""


def text_fault(text: str) -> str | None:
    """What the text has that no segment has, or none."""
    if len(text) > MAX_LINE_BYTES:
        return f"more than {MAX_LINE_BYTES:,} characters, and a segment is a sentence or a paragraph"
    return character_fault(text)


def character_fault(text: str) -> str | None:
    """A character of the text that no text has, or none."""
    if "\0" in text:
        return "a NUL character"
    return None if text.isascii() or not _SURROGATE.search(text) else "half of a surrogate pair, which is no character"


def row_fault(row: Row) -> str | None:
    """What is wrong with a side of the row, or none: every row passes here, whatever its format."""
    for side, text in (("source", row.source), ("target", row.target or ""), ("draft", row.draft or "")):
        if (fault := text_fault(text)) is not None:
            return f"the {side} has {fault}"
    return None


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((fields[name] for name in names if fields.get(name) is not None), None)


def _text_of(fields: Mapping[str, Any], names: tuple[str, ...], side: str, lang: str) -> str:
    value = _first(fields, names)
    if value is None and names:
        raise ValueError(f"the {side} is null")
    if value is None:
        usual = SOURCE_NAMES if side == "source" else TARGET_NAMES
        looked = ", ".join(filter(None, (*usual, lang)))
        raise ValueError(f"no {side} field among {', '.join(map(str, fields))} (looked for {looked})"[:300])
    if not isinstance(value, str):
        raise ValueError(f"the {side} is {type(value).__name__}, not text")
    return value


def _draft_of(fields: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """A blank cell is no draft."""
    value = _first(fields, names)
    return value if isinstance(value, str) and value.strip() else None


def _stated(fields: Mapping[str, Any]) -> tuple[str, str]:
    source = fields.get("src_lang") or fields.get("source_lang") or ""
    target = fields.get("tgt_lang") or fields.get("target_lang") or ""
    return _base(source), _base(target)


def _base(code: Any) -> str:
    return base_language(str(code).replace("_", "-")).lower()


def _states_reverse(fields: Mapping[str, Any], languages: Languages) -> bool:
    source, target = _stated(fields)
    wanted_source, wanted_target = _base(languages.source), _base(languages.target)
    if wanted_target:
        return (source, target) == (wanted_target, wanted_source) and source != target
    return target == wanted_source and source not in ("", target)


def _check_languages(fields: Mapping[str, Any], languages: Languages, *, turned: bool) -> None:
    """ValueError if the row says it is in other languages than the ones asked for."""
    source, target = _stated(fields)[::-1] if turned else _stated(fields)
    for side, stated, wanted in (("source", source, languages.source), ("target", target, languages.target)):
        if stated and wanted and stated != _base(wanted):
            raise ValueError(f"the row says its {side} language is '{stated[:20]}', but '{wanted}' was asked for")
