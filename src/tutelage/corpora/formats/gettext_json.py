"""Catalogues of gettext as JSON: JupyterLab's and Jed's shapes, and plain `{"message": "translation"}`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.core.errors import CorpusError
from tutelage.core.languages import same_locale
from tutelage.corpora.bad_lines import BadLine, shown
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.files import read_text, written_whole
from tutelage.corpora.filling import Filling, Translate, with_translations
from tutelage.corpora.formats.json_spans import JsonValue, find_values
from tutelage.corpora.formats.keyed import TextEdit, edited_text
from tutelage.corpora.json_text import parse_object
from tutelage.corpora.rows import Languages, Row, text_fault

CONTEXT_END = "\x04"
"""Stands between a message's context and its text."""


@dataclass(frozen=True, slots=True)
class _Message:
    messages: dict[str, Any]
    key: str

    @property
    def source(self) -> str:
        return self.key.rpartition(CONTEXT_END)[2]

    @property
    def forms(self) -> list[str]:
        """The translation's forms; Jed of old puts null, or the plural's text is not in the file, before them."""
        value = self.messages[self.key]
        if isinstance(value, str | None):
            return [value or ""]
        if not isinstance(value, list):
            raise TypeError("its translation is neither text nor a list")
        forms = value[1:] if value and value[0] is None else value
        if not all(isinstance(form, str | None) for form in forms):
            raise TypeError("its translation has a form that is not text")
        return [form or "" for form in forms]


class GettextJson:
    """Reads and writes catalogues, held in memory; they lack the plural's source, so the first form alone is read."""

    def read(self, path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
        """One row for each translated message, or for each message where only the source is wanted."""
        del names
        for number, message in enumerate(_messages(_parsed(path, read_text(path)), path), start=1):
            try:
                target = next(iter(message.forms), "")
            except TypeError as error:
                yield BadLine(str(path), number, str(error), raw=shown(message.key))
                continue
            if target or not languages.target:
                fields = {"context": message.key.rpartition(CONTEXT_END)[0]}
                yield Row(number, message.source, target if languages.target else None, fields=fields)

    def fill(
        self, path: Path | str, out: Path | str, translate: Translate, *, names: FieldNames, filling: Filling
    ) -> int:
        """The catalogue with its empty messages translated, each in its place; all else stays as it is written."""
        del names
        text = read_text(path)
        catalogue = _parsed(path, text)
        counted = filling.allowed.counted(path, _wanted(catalogue, path, filling))
        wanted = [message for message in counted if isinstance(message, _Message)]
        count, edits = 0, list[TextEdit]()
        places = {id(table): value for table, value in zip(_tables(catalogue), _places(text), strict=True)}
        for message, translation in with_translations(
            wanted, translate, text_of=lambda message: message.source, losses=filling.losses
        ):
            value = places[id(message.messages)].members[message.key]
            edits += [] if not translation else _edits(value, translation, escapes=text.isascii() and "\\u" in text)
            count += 1
        if filling.lang:
            edits += [edit for table in places.values() for edit in _language_edits(table, filling.lang)]
        with written_whole(out) as stream:
            stream.write(edited_text(text, edits).encode())
        return count


def _parsed(path: Path | str, text: str) -> dict[str, Any]:
    try:
        return parse_object(text)
    except ValueError as error:
        what = f"this is not a catalogue, a JSON object of messages: {error}."
        raise CorpusError(what, where=str(path), fix="Mend the file.") from None


def _tables(catalogue: dict[str, Any]) -> list[dict[str, Any]]:
    """The tables of messages: one, or Jed's one for each domain."""
    domains = catalogue.get("locale_data")
    if isinstance(domains, dict):
        return [table for table in domains.values() if isinstance(table, dict)]
    return [catalogue]


def _wanted(catalogue: dict[str, Any], path: Path | str, filling: Filling) -> Iterator[_Message | BadLine]:
    """The messages to translate, and those that cannot be."""
    for number, message in enumerate(_messages(catalogue, path), start=1):
        try:
            done = any(message.forms) and filling.keep_translated
            fault = text_fault(message.source)
        except TypeError as error:
            done, fault = False, str(error)
        if fault is not None:
            yield BadLine(str(path), number, fault, raw=shown(message.key))
        elif not done:
            yield message


def _messages(catalogue: dict[str, Any], path: Path | str) -> Iterator[_Message]:
    keys = [(table, key) for table in _tables(catalogue) for key in table if key]
    if not catalogue:
        raise CorpusError("the catalogue is empty.", where=str(path), fix="Give a file that holds text.")
    for table, key in keys:
        yield _Message(table, key)


def _places(text: str) -> list[JsonValue]:
    """Where the tables stand, in their order."""
    root = find_values(text)
    domains = root.members.get("locale_data")
    if domains is not None and domains.is_object:
        return [table for table in domains.members.values() if table.is_object]
    return [root]


def _edits(value: JsonValue, translation: str, *, escapes: bool) -> list[TextEdit]:
    """The translation in the shape that the message had: a text, or all its forms."""
    literal = json.dumps(translation, ensure_ascii=escapes)
    forms = list(value.members.values())
    if value.text is not None or not forms:
        content = f"[{literal}]" if value.text is None else literal
        return [TextEdit(value.start, value.end, content)]
    if not forms[0].is_text:  # Jed of old puts null before the forms
        null, *forms = forms
        if not forms:
            return [TextEdit(null.end, null.end, f", {literal}")]
    return [TextEdit(form.start, form.end, literal) for form in forms]


def _language_edits(table: JsonValue, lang: str) -> list[TextEdit]:
    """The language in the header, unless it says it in another spelling."""
    header = table.members.get("")
    if header is None or not header.is_object:
        return []
    name = "lang" if "lang" in header.members else "language"
    there, literal = header.members.get(name), json.dumps(lang)
    if there is not None:
        said = there.text is not None and same_locale(there.text, lang)
        return [] if said else [TextEdit(there.start, there.end, literal)]
    last = max((one.end for one in header.members.values()), default=header.start + 1)
    return [TextEdit(last, last, f"{',' if header.members else ''} {json.dumps(name)}: {literal}")]
