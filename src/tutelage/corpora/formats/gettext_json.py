"""Catalogues of gettext as JSON: JupyterLab's and Jed's shapes, and plain `{"message": "translation"}`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.core.errors import CorpusError
from tutelage.corpora.bad_lines import BadLine, shown
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.files import read_text, written_whole
from tutelage.corpora.filling import Filling, Translate, with_translations
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
        if isinstance(value, str):
            return [value]
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
        for number, message in enumerate(_messages(_parsed(path), path), start=1):
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
        """The catalogue with its empty messages translated, headers, contexts and the number of forms kept."""
        del names
        catalogue = _parsed(path)
        counted = filling.allowed.counted(path, _wanted(catalogue, path, filling))
        wanted = [message for message in counted if isinstance(message, _Message)]
        count = 0
        for message, translation in with_translations(
            wanted, translate, text_of=lambda message: message.source, losses=filling.losses
        ):
            message.messages[message.key] = _filled(message.messages[message.key], translation)
            count += 1
        if filling.lang:
            _set_language(catalogue, filling.lang)
        with written_whole(out) as stream:
            stream.write(json.dumps(catalogue, ensure_ascii=False, indent=4).encode() + b"\n")
        return count


def _parsed(path: Path | str) -> dict[str, Any]:
    text = read_text(path)
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


def _filled(value: Any, translation: str) -> Any:
    """The translation in the shape that the message had."""
    if isinstance(value, str):
        return translation
    if value and value[0] is None:
        return [None] + [translation] * max(1, len(value) - 1)
    return [translation] * max(1, len(value))


def _set_language(catalogue: dict[str, Any], lang: str) -> None:
    for table in _tables(catalogue):
        header = table.get("")
        if isinstance(header, dict):
            header["lang" if "lang" in header else "language"] = lang
