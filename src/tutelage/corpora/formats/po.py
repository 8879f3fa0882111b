"""PO catalogues of gettext: contexts and plurals kept, fuzzy and obsolete entries left out of what is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tutelage.core.errors import CorpusError
from tutelage.core.languages import as_posix, language_name, same_locale
from tutelage.core.plurals import MAX_FORMS, PluralForms, plural_forms, read_plural_forms
from tutelage.core.protection.comparison import missing_spans
from tutelage.core.protection.spans import FlaggedText
from tutelage.corpora.bad_lines import BadLine, shown
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.files import BYTE_ORDER_MARK, decoded, read_bytes, written_whole
from tutelage.corpora.filling import Filling, Translate, with_translations
from tutelage.corpora.formats.po_lines import (
    WIDTH,
    has_texts,
    is_header,
    new_header,
    split_entries,
    with_header,
    with_translation,
    wrap_width,
)
from tutelage.corpora.rows import Languages, Row, character_fault, text_fault
from tutelage.storage.limits import MAX_DOCUMENT_BYTES, MAX_LINE_BYTES


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
        catalogue = _parsed(path, _text_of(path))
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
        text = _text_of(path)
        catalogue = _parsed(path, text)
        before = dict(catalogue.metadata)
        forms = _forms(catalogue, path, lang=filling.lang)
        entries = [entry for entry in catalogue if not entry.obsolete and _wants_translation(entry, filling)]
        counted = filling.allowed.counted(path, _wanted(entries, forms, path))
        messages = (message for message in counted if isinstance(message, _Message))
        final = {id(entry) for entry in entries if entry.translated()}
        count, doubtful = 0, set[int]()
        for message, translation in with_translations(
            messages, translate, text_of=lambda message: message.source, losses=filling.losses
        ):
            if translation or id(message.entry) not in final:
                _set_translation(message, translation, forms=forms)
            if filling.losses.is_doubtful(message.source, translation):
                doubtful.add(id(message.entry))
            count += 1
        for entry in entries:
            entry.fuzzy = id(entry) in doubtful
            entry.previous_msgid = entry.previous_msgid_plural = entry.previous_msgctxt = None
        _set_header(catalogue, filling, is_filled=count > 0)
        with written_whole(out) as stream:
            stream.write(_written(text, catalogue, before, {id(entry) for entry in entries}).encode())
        return count


def _written(text: str, catalogue: Any, before: Mapping[str, str], filled: set[int]) -> str:
    """The text with the header and the filled entries of the catalogue."""
    blocks, width = split_entries(text), wrap_width(text)
    places = [place for place, lines in enumerate(blocks) if has_texts(lines)]
    header = next((place for place in places if is_header(blocks[place])), None)
    places = [place for place in places if place != header]
    if len(places) != len(catalogue):
        return str(catalogue)
    for place, entry in zip(places, catalogue, strict=True):
        if id(entry) in filled:
            blocks[place] = with_translation(blocks[place], entry, width=width)
    if header is None:
        blocks.insert(0, new_header(catalogue.metadata, "\r\n" if "\r\n" in text else "\n"))
    else:
        is_fuzzy = bool(catalogue.metadata_is_fuzzy)
        blocks[header] = with_header(blocks[header], before, catalogue.metadata, is_fuzzy=is_fuzzy)
    return "".join(line for lines in blocks for line in lines)


def _forms(catalogue: Any, path: Path | str, *, lang: str = "") -> PluralForms:
    """The plural forms that the catalogue has; a template is given those of the language first."""
    declared = catalogue.metadata.get("Plural-Forms", "")
    if lang and not _DECLARED.search(declared) and (declared or any(entry.msgid_plural for entry in catalogue)):
        declared = catalogue.metadata["Plural-Forms"] = plural_forms(lang)
    try:
        return read_plural_forms(declared)
    except ValueError as error:
        fix = "Mend its Plural-Forms; no language has more than six."
        raise CorpusError(f"this is not a PO catalogue: {error}.", where=str(path), fix=fix) from None


def _set_header(catalogue: Any, filling: Filling, *, is_filled: bool) -> None:
    """Say the language and the encoding; what a template leaves open is filled with its texts."""
    metadata = catalogue.metadata
    if filling.lang and not same_locale(metadata.get("Language", ""), filling.lang):
        metadata["Language"] = as_posix(filling.lang)
    if filling.lang and is_filled:
        if catalogue.metadata_is_fuzzy and "YEAR" in metadata.get("PO-Revision-Date", ""):
            metadata["PO-Revision-Date"] = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M%z")
        if catalogue.metadata_is_fuzzy and "LANGUAGE" in metadata.get("Language-Team", ""):
            metadata["Language-Team"] = language_name(filling.lang)
        catalogue.metadata_is_fuzzy = None  # gettext ignores the header of a catalogue while it is fuzzy
    metadata["Content-Type"] = "text/plain; charset=UTF-8"


def _text_of(path: Path | str) -> str:
    try:
        return _in_its_encoding(read_bytes(path))
    except (ValueError, LookupError) as error:
        raise CorpusError(f"this is not a PO catalogue ({shown(str(error))}).", where=str(path)) from None


def _parsed(path: Path | str, text: str) -> Any:
    import polib

    _check_lines(text, path)
    try:
        # polib takes a text for a file's name when such a file exists; no name has a line break.
        catalogue = polib.pofile(_Lines(_with_spaced_comments(text) + "\n"), wrapwidth=WIDTH)
    except (OSError, ValueError, LookupError) as error:
        line = re.search(r"\(line (\d+)\)", str(error))
        where = f"{path}:{line.group(1)}" if line else str(path)
        raise CorpusError(f"this is not a PO catalogue ({shown(str(error))}).", where=where) from None
    if not len(catalogue) and not catalogue.metadata:
        raise CorpusError("the catalogue has no messages.", where=str(path), fix="Give a file that holds text.")
    return catalogue


class _Lines(str):
    """A text whose lines end as gettext's do: polib would part them at U+0085, U+2028 and others too."""

    __slots__ = ()

    def splitlines(self, keepends: bool = False) -> list[str]:
        """Without the carriage returns of Windows."""
        del keepends
        return [line.removesuffix("\r") for line in self.split("\n")]


def _with_spaced_comments(text: str) -> str:
    """The text with `#comment` as `# comment`, which polib asks for and gettext does not."""
    return _TIGHT_COMMENT.sub("# ", text)


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


_DECLARED = re.compile(r"nplurals\s*=\s*\d")
_TIGHT_COMMENT = re.compile(r"^#(?=[^\s.:,|~=#])", re.MULTILINE)
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


def _messages(entry: Any, forms: PluralForms) -> Iterator[_Message]:
    """The forms of the entry: one of them stands for one thing, the others (and an only one) for several."""
    frameworks = frozenset(flag.removesuffix("-format") for flag in entry.flags if _FORMAT.fullmatch(flag))
    if not entry.msgid_plural:
        yield _Message(entry, None, FlaggedText(entry.msgid, frameworks))
        return
    for form in range(forms.count):
        source = entry.msgid if form == forms.singular and _can_be_of_one(entry, forms) else entry.msgid_plural
        yield _Message(entry, form, FlaggedText(source, frameworks))


def _can_be_of_one(entry: Any, forms: PluralForms) -> bool:
    """Whether the text for one thing says all that the form must: `One file` names no number, 21 files do."""
    return forms.is_of_one or not missing_spans(entry.msgid_plural, entry.msgid)


def _wanted(entries: list[Any], forms: PluralForms, path: Path | str) -> Iterator[_Message | BadLine]:
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


def _set_translation(message: _Message, translation: str, *, forms: PluralForms) -> None:
    if message.form is None:
        message.entry.msgstr = translation
    else:
        for form in [form for form in message.entry.msgstr_plural if form >= forms.count]:
            del message.entry.msgstr_plural[form]  # of a template, which has two for every language
        message.entry.msgstr_plural[message.form] = translation
