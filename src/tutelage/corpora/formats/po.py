"""PO catalogues of gettext: contexts and plurals kept, fuzzy and obsolete entries left out of what is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.core.errors import CorpusError
from tutelage.core.protection.spans import FlaggedText
from tutelage.corpora.bad_lines import BadLine, shown
from tutelage.corpora.files import BYTE_ORDER_MARK, decoded, read_bytes, written_whole
from tutelage.corpora.filling import Filling, Translate, with_translations
from tutelage.corpora.rows import FieldNames, Languages, Row, character_fault, text_fault
from tutelage.storage.limits import MAX_DOCUMENT_BYTES, MAX_LINE_BYTES

MAX_FORMS = 9
"""Plural forms of one message: Arabic has six, and polib numbers them by one digit."""


@dataclass(frozen=True, slots=True)
class _Message:
    """One form of one entry; `form` is `None` if the entry has no plural."""

    entry: Any
    form: int | None
    source: str


class PoCatalogue:
    """Reads and writes `.po` and `.pot`; a catalogue is one document, held in memory."""

    def read(self, path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
        """One row for each translated form of each entry, or for each form where only the source is wanted."""
        del names
        catalogue = _parsed(path)
        number, forms = 0, _forms(catalogue, path)
        for entry in catalogue:
            for message in _messages(entry, forms):
                number += 1
                target = _translation(message)
                source = _translated_source(message, languages) if languages.target else str(message.source)
                if entry.obsolete or source is None or (languages.target and not target):
                    continue
                wanted = target if languages.target else None
                fields = {"context": entry.msgctxt or ""}
                yield Row(number, source, wanted, line=entry.linenum, fields=fields)

    def fill(
        self, path: Path | str, out: Path | str, translate: Translate, *, names: FieldNames, filling: Filling
    ) -> int:
        """The catalogue with its empty and fuzzy entries translated, header and comments kept."""
        del names
        catalogue = _parsed(path)
        forms = _forms(catalogue, path)
        entries = [entry for entry in catalogue if not entry.obsolete and _wants_translation(entry, filling)]
        counted = filling.allowed.counted(path, _wanted(entries, forms, path))
        messages = (message for message in counted if isinstance(message, _Message))
        count, doubtful = 0, set[int]()
        for message, translation in with_translations(
            messages, translate, text_of=lambda message: message.source, losses=filling.losses
        ):
            _set_translation(message, translation)
            if filling.losses.is_doubtful(message.source, translation):
                doubtful.add(id(message.entry))
            count += 1
        for entry in entries:
            entry.fuzzy = id(entry) in doubtful
            entry.previous_msgid = entry.previous_msgid_plural = entry.previous_msgctxt = None
        if filling.lang:
            catalogue.metadata["Language"] = filling.lang.replace("-", "_")
        catalogue.metadata["Content-Type"] = "text/plain; charset=UTF-8"
        with written_whole(out) as stream:
            stream.write(str(catalogue).encode())
        return count


def form_count(plural_forms: str) -> int:
    """How many plural forms a `Plural-Forms` header declares; 2 if it says nothing. ValueError for too many."""
    match = re.search(r"nplurals\s*=\s*(\d+)", plural_forms)
    if match is None:
        return 2
    digits = match.group(1).lstrip("0")
    if len(digits) > 1:
        raise ValueError(f"it declares more than {MAX_FORMS} plural forms ({match.group(1)[:20]})")
    return int(digits or 0)


def _forms(catalogue: Any, path: Path | str) -> int:
    try:
        return form_count(catalogue.metadata.get("Plural-Forms", ""))
    except ValueError as error:
        fix = "Mend its Plural-Forms; no language has more than six."
        raise CorpusError(f"this is not a PO catalogue: {error}.", where=str(path), fix=fix) from None


def _parsed(path: Path | str) -> Any:
    import polib

    content = read_bytes(path)
    try:
        text = _in_its_encoding(content)
        _check_lines(text, path)
        # polib takes a text for a file's name when such a file exists; no name has a line break.
        catalogue = polib.pofile(text + "\n", wrapwidth=78)
    except (OSError, ValueError, LookupError) as error:
        line = re.search(r"\(line (\d+)\)", str(error))
        where = f"{path}:{line.group(1)}" if line else str(path)
        raise CorpusError(f"this is not a PO catalogue ({shown(str(error))}).", where=where) from None
    if not len(catalogue):
        raise CorpusError("the catalogue has no messages.", where=str(path), fix="Give a file that holds text.")
    return catalogue


def _check_lines(text: str, path: Path | str) -> None:
    """CorpusError for what polib reads otherwise than it stands there, or never comes to an end with."""
    size = 0
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removeprefix("#~").strip()
        size = len(line) if line.startswith("msg") else size + len(line)
        if size > MAX_LINE_BYTES:
            what = f"one message has more than {MAX_LINE_BYTES:,} characters."
            raise CorpusError(what, where=f"{path}:{number}", fix="Split or remove it.")
        if line.startswith(("msg", '"')) and not _QUOTED.fullmatch(line):
            what = f"a text without its quote marks: '{shown(line)}'."
            raise CorpusError(what, where=f"{path}:{number}", fix="Mend or remove the line.")
        form = line[7:].partition("]")[0] if line.startswith("msgstr[") else "0"
        if not (form.isascii() and form.isdigit() and len(form) == 1):
            what = f"'{shown(form)}' is no plural form; they are numbered from 0 to {MAX_FORMS}."
            raise CorpusError(what, where=f"{path}:{number}", fix="Mend or remove the line.")


_FORMAT = re.compile(r"(?!no-|possible-|impossible-)[a-z+-]+-format")
_QUOTED = re.compile(r'(?:msg[a-z_]+(?:\[[^"\]]*\])?\s*)?".*"', re.DOTALL)


def _in_its_encoding(content: bytes) -> str:
    match = re.search(rb"charset=([\w-]+)", content)
    name = match.group(1).decode() if match else "utf-8"
    if name.lower() in ("utf-8", "utf8", "charset"):
        return decoded(content.removeprefix(BYTE_ORDER_MARK), limit=MAX_DOCUMENT_BYTES)
    text = content.decode(name)
    if (fault := character_fault(text)) is not None:
        raise ValueError(f"in {name} it has {fault}")
    return text


def _messages(entry: Any, forms: int) -> Iterator[_Message]:
    """The forms of the entry: the first stands for one thing, the others (and an only one) for several."""
    frameworks = frozenset(flag.removesuffix("-format") for flag in entry.flags if _FORMAT.fullmatch(flag))
    if not entry.msgid_plural:
        yield _Message(entry, None, FlaggedText(entry.msgid, frameworks))
        return
    for form in range(forms):
        singular = form == 0 and forms > 1
        source = entry.msgid if singular else entry.msgid_plural
        yield _Message(entry, form, FlaggedText(source, frameworks))


def _wanted(entries: list[Any], forms: int, path: Path | str) -> Iterator[_Message | BadLine]:
    for message in (message for entry in entries for message in _messages(entry, forms)):
        fault = text_fault(message.source)
        yield message if fault is None else BadLine(str(path), message.entry.linenum, fault, shown(message.source))


def _translated_source(message: _Message, languages: Languages) -> str | None:
    """What the translation was made for; `None` if it is fuzzy and that is not known, unless drafts are read."""
    entry = message.entry
    if not entry.fuzzy or languages.drafts:
        return str(message.source)
    if not languages.post_edits:
        return None
    earlier = entry.previous_msgid_plural if message.source == entry.msgid_plural else entry.previous_msgid
    return earlier or None


def _translation(message: _Message) -> str:
    if message.form is None:
        return str(message.entry.msgstr)
    return str(message.entry.msgstr_plural.get(message.form, ""))


def _wants_translation(entry: Any, filling: Filling) -> bool:
    return not (filling.keep_translated and entry.translated())


def _set_translation(message: _Message, translation: str) -> None:
    if message.form is None:
        message.entry.msgstr = translation
    else:
        message.entry.msgstr_plural[message.form] = translation
