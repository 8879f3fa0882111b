"""What every format's reader yields, a row or a bad line, and the names of the fields that hold the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tutelage.core.languages import base_language
from tutelage.corpora.bad_lines import BadLine
from tutelage.corpora.filling import Filling, Translate
from tutelage.storage.limits import MAX_LINE_BYTES

_SURROGATE = re.compile("[\ud800-\udfff]")
SOURCE_NAMES = ("source", "src", "text", "sentence")
POST_EDIT_NAMES = ("post_edit", "post-edit", "pe", "correction", "corrected")
"""Names of a target that a person made of another one."""
TARGET_NAMES = ("target", "tgt", "ref", "reference", "translation")
DRAFT_NAMES = ("draft", "mt", "machine_translation", "hypothesis", "hyp")
DOCUMENT_NAMES = ("document", "doc", "document_id", "doc_id")


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
class FieldNames:
    """Which fields of TSV headers, JSON Lines and Parquet hold what; an empty name is found by itself.

    Found by themselves: `source`, `src`, `text` and the source language's code; `target`, `tgt`, `ref` and the
    target language's code; `draft`, `mt`; `document`, `doc`. Beside a `post_edit` (`pe`, `correction`) the target is
    the draft. Rows that state their languages the other way round are turned.
    """

    source: str = ""
    target: str = ""
    draft: str = ""
    id: str = "id"
    document: str = ""


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
    source, target = names.source, names.target
    turned = not (source or target) and _states_reverse(fields, languages)
    sources = _candidates(source, (TARGET_NAMES if turned else SOURCE_NAMES), languages.source)
    targets = _candidates(target, (SOURCE_NAMES if turned else TARGET_NAMES), languages.target)
    drafts = _candidates(names.draft, DRAFT_NAMES, "")
    if languages.post_edits and not target and _first(fields, POST_EDIT_NAMES) is not None:
        drafts, targets = (*drafts, *targets) if not names.draft else drafts, POST_EDIT_NAMES
    _check_languages(fields, languages, turned=turned)
    row = Row(
        number=number,
        source=_text_of(fields, sources, "source"),
        target=_text_of(fields, targets, "target") if languages.target else None,
        draft=_draft_of(fields, drafts) if languages.post_edits else None,
        id=str(fields.get(names.id) or ""),
        document=str(_first(fields, (names.document,) if names.document else DOCUMENT_NAMES) or ""),
        fields=fields,
    )
    if (fault := row_fault(row)) is not None:
        raise ValueError(fault)
    return row


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


def is_header(columns: list[str], *, names: FieldNames, languages: Languages) -> bool:
    """Whether the first line of a table names its columns: a name of the source and another known one are in it."""
    sources = _candidates(names.source, SOURCE_NAMES, languages.source)
    targets = _candidates(names.target, (*TARGET_NAMES, *POST_EDIT_NAMES), languages.target)
    others = {*targets, *DRAFT_NAMES, *DOCUMENT_NAMES, names.id, names.document, names.draft}
    return any(name in columns for name in sources) and any(column in others for column in columns if column)


def _candidates(given: str, usual: tuple[str, ...], lang: str) -> tuple[str, ...]:
    if given:
        return (given,)
    codes = (lang, lang.replace("-", "_"), base_language(lang)) if lang else ()
    return (*usual, *codes)


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((fields[name] for name in names if fields.get(name) is not None), None)


def _text_of(fields: Mapping[str, Any], names: tuple[str, ...], side: str) -> str:
    value = _first(fields, names)
    if value is None:
        raise ValueError(f"no {side} field (looked for {', '.join(dict.fromkeys(names))})")
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
