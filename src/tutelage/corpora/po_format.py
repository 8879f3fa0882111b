"""PO catalogues of gettext: contexts and plurals kept, fuzzy and obsolete entries left out of what is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.core.errors import CorpusError
from tutelage.corpora.files import STANDARD_STREAM, decoded, read_bytes, written_whole
from tutelage.corpora.filling import Filling, Translate, with_translations
from tutelage.corpora.rows import BadLine, FieldNames, Languages, Row


@dataclass(frozen=True, slots=True)
class _Message:
    """One form of one entry; `form` is none where the entry has no plural."""

    entry: Any
    form: int | None
    source: str


class PoCatalogue:
    """Reads and writes `.po` and `.pot`; a catalogue is one document, held in memory."""

    def read(self, path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
        """One row for each translated form of each entry, or for each form where only the source is wanted."""
        del names
        catalogue = _parsed(path)
        number = 0
        for entry in catalogue:
            for message in _messages(entry, form_count(catalogue.metadata.get("Plural-Forms", ""))):
                number += 1
                target = _translation(message)
                if entry.obsolete or (languages.target and (entry.fuzzy or not target)):
                    continue
                wanted = target if languages.target else None
                fields = {"context": entry.msgctxt or ""}
                yield Row(number, message.source, wanted, line=entry.linenum, fields=fields)

    def fill(
        self, path: Path | str, out: Path | str, translate: Translate, *, names: FieldNames, filling: Filling
    ) -> int:
        """The catalogue with its empty and fuzzy entries translated, header and comments kept."""
        del names
        catalogue = _parsed(path)
        forms = form_count(catalogue.metadata.get("Plural-Forms", ""))
        entries = [entry for entry in catalogue if not entry.obsolete and _wants_translation(entry, filling)]
        messages = (message for entry in entries for message in _messages(entry, forms))
        count = 0
        for message, translation in with_translations(messages, translate, text_of=lambda message: message.source):
            _set_translation(message, translation)
            count += 1
        for entry in entries:
            entry.fuzzy = False
            entry.previous_msgid = entry.previous_msgid_plural = entry.previous_msgctxt = None
        if filling.lang:
            catalogue.metadata["Language"] = filling.lang.replace("-", "_")
        catalogue.metadata["Content-Type"] = "text/plain; charset=UTF-8"
        with written_whole(out) as stream:
            stream.write(str(catalogue).encode())
        return count


def form_count(plural_forms: str) -> int:
    """How many plural forms a `Plural-Forms` header declares; 2 where it says nothing."""
    match = re.search(r"nplurals\s*=\s*(\d+)", plural_forms)
    return int(match.group(1)) if match else 2


def _parsed(path: Path | str) -> Any:
    import polib

    if str(path) != STANDARD_STREAM and not Path(path).exists():
        raise CorpusError("there is no such file.", where=str(path), fix="Check the path.")
    content = read_bytes(path)
    try:
        text = _in_its_encoding(content)
        # polib takes a text for a file's name when such a file exists; no name has a line break.
        catalogue = polib.pofile(text + "\n", wrapwidth=78)
    except (OSError, ValueError, LookupError) as error:
        raise CorpusError(f"this is not a PO catalogue ({error}).", where=str(path)) from None
    if not len(catalogue):
        raise CorpusError("the catalogue has no messages.", where=str(path), fix="Give a file that holds text.")
    return catalogue


def _in_its_encoding(content: bytes) -> str:
    match = re.search(rb"charset=([\w-]+)", content)
    name = match.group(1).decode() if match else "utf-8"
    if name.lower() in ("utf-8", "utf8", "charset"):
        return decoded(content.removeprefix(b"\xef\xbb\xbf"))
    return content.decode(name)


def _messages(entry: Any, forms: int) -> Iterator[_Message]:
    """The forms of the entry: the first stands for one thing, the others (and an only one) for several."""
    if not entry.msgid_plural:
        yield _Message(entry, None, entry.msgid)
        return
    for form in range(forms):
        singular = form == 0 and forms > 1
        yield _Message(entry, form, entry.msgid if singular else entry.msgid_plural)


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
