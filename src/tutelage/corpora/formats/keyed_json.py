"""JSON of texts by keys, flat or nested: i18next, Vue, Angular, Rails' JSON, ARB, extensions of browsers."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tutelage.core.plurals import plural_categories
from tutelage.corpora.bad_lines import BadLine
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.files import STANDARD_STREAM, read_text
from tutelage.corpora.filling import Filling, Translate
from tutelage.corpora.formats.gettext_json import GettextJson
from tutelage.corpora.formats.json_spans import JsonValue, find_values
from tutelage.corpora.formats.keyed import Entry, KeyedFormat, KeyedText, TextEdit, no_such_file, put_below, with_lists
from tutelage.corpora.json_text import parse_object
from tutelage.corpora.rows import Languages, Row

_PLURAL = re.compile(r"(.+?(?:_ordinal)?)_(zero|one|two|few|many|other)")
_MESSAGES = (("message", ("description", "placeholders")), ("defaultMessage", ("description", "id")))
"""Fields that hold a text where a key stands for an object, and those by which such an object is known."""
SEPARATOR = "\x1f"
"""Between the names of a nested key, inside here."""


class KeyedJson(KeyedFormat):
    """Texts by keys; in ARB, what begins with `@` says something of a text and is none."""

    has_branches = True
    what = "a JSON object of texts by keys"

    def __init__(self, *, has_metadata: bool = False) -> None:
        self._has_metadata = has_metadata

    def entries(self, text: str, path: Path | str) -> Iterator[Entry]:
        """Every string that is a text."""
        try:
            parse_object(text)
        except ValueError as error:
            raise no_such_file(self.what, str(error), path) from None
        root = find_values(text)
        for names, value in root.strings():
            if self._is_text(root, names):
                key = SEPARATOR.join(names)
                form = match.group(2) if (match := _PLURAL.fullmatch(names[-1])) else ""
                yield Entry(key, value.text or "", value.start, value.end, form=form)

    def literal(self, text: str, entry: Entry, file: KeyedText) -> str:
        """In quotes, with other letters than ASCII escaped if the file does that."""
        del entry
        return json.dumps(text, ensure_ascii=file.text.isascii() and "\\u" in file.text)

    def expanded(self, entries: Sequence[Entry], lang: str) -> list[Entry]:
        """With i18next's plural forms of the language, whose source is that of `other`; one form is no plural."""
        if not lang or self._has_metadata:
            return list(entries)
        known, found = {entry.key for entry in entries}, list[Entry]()
        for entry in entries:
            found.append(entry)
            match = _PLURAL.fullmatch(entry.key)
            if match and match.group(2) == "other" and _has_forms(match.group(1), entry.text, known):
                more = (form for form in plural_categories(lang) if f"{match.group(1)}_{form}" not in known)
                found += [replace(entry, key=f"{match.group(1)}_{form}", form=form) for form in more]
        return found

    def insertions(
        self, target: KeyedText, source: KeyedText, missing: Mapping[str, str], wanted: Sequence[Entry]
    ) -> dict[int, str]:
        """Members behind the last one of their object, which is made if the target lacks it."""
        del wanted
        root, indent, places = find_values(target.text), _indent(target.text), dict[int, str]()
        for value, depth, tree in _new_members(root, missing, find_values(source.text)):
            last = max((member.end for member in value.members.values()), default=value.start + 1)
            pieces = [self._member(name, below, indent, depth + 1, target) for name, below in tree.items()]
            begin = "," if value.members else ""
            end = "" if value.members or not indent else "\n" + indent * depth
            members = ",".join(pieces)
            places[last] = begin + (members if value.members or indent else members.lstrip()) + end
        return places

    def _member(self, name: str, value: Any, indent: str, depth: int, file: KeyedText) -> str:
        line = "\n" + indent * depth if indent else " "
        key = self.literal(name, _NONE, file)
        if isinstance(value, str):
            return f"{line}{key}: {self.literal(value, _NONE, file)}"
        if isinstance(value, list):
            return f"{line}{key}: [{', '.join(self.literal(one, _NONE, file) for one in value)}]"
        inner = ",".join(self._member(below, one, indent, depth + 1, file) for below, one in value.items())
        return f"{line}{key}: {{{inner}{line}}}"

    def _is_text(self, root: JsonValue, names: tuple[str, ...]) -> bool:
        if names[-1] == "$schema" or (self._has_metadata and any(name.startswith("@") for name in names)):
            return False
        parent = root
        for name in names[:-1]:
            siblings = parent.members.keys()
            if _fields_of_message(siblings) and name not in _fields_of_message(siblings):
                return False
            parent = parent.members[name]
        fields = _fields_of_message(parent.members.keys())
        return not fields or names[-1] in fields


class ArbFile(KeyedJson):
    """Flutter's JSON: ICU messages, whose descriptions stand beside them under `@key`."""

    frameworks = frozenset({"icu"})
    has_branches = False

    def __init__(self) -> None:
        super().__init__(has_metadata=True)

    def marked(self, file: KeyedText, lang: str) -> list[TextEdit]:
        """The file's language."""
        root = find_values(file.text)
        locale = root.members.get("@@locale")
        return [TextEdit(locale.start, locale.end, self.literal(lang.replace("-", "_"), _NONE, file))] if locale else []


class JsonFile:
    """JSON by what is in it: a catalogue of gettext, whose keys are the texts, or texts by keys."""

    def read(self, path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
        """As the format that it is."""
        return self._format(path, languages.source_file).read(path, names=names, languages=languages)

    def fill(
        self, path: Path | str, out: Path | str, translate: Translate, *, names: FieldNames, filling: Filling
    ) -> int:
        """As the format that it is."""
        return self._format(path, filling.source_file).fill(path, out, translate, names=names, filling=filling)

    @staticmethod
    def _format(path: Path | str, source_file: str) -> GettextJson | KeyedJson:
        """A file beside that of the source language is one by keys, were its texts all empty; so is what is piped."""
        if source_file or str(path) == STANDARD_STREAM:
            return KeyedJson()
        try:
            value = parse_object(read_text(path))
        except ValueError:
            return GettextJson()  # whose messages say what is wrong
        return GettextJson() if is_gettext(value) else KeyedJson()


def is_gettext(value: Mapping[str, Any]) -> bool:
    """Whether keys are texts: there is a header, or most of the keys are written as sentences or have no value."""
    if not value or isinstance(value.get(""), dict) or isinstance(value.get("locale_data"), dict):
        return True
    texts = [key for key, one in value.items() if " " in key.strip() or one in ("", [""]) or _is_forms(one)]
    return len(texts) * 2 >= len(value)


def _is_forms(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(form, str | None) for form in value)


def _has_forms(base: str, other: str, known: Container[str]) -> bool:
    """Whether `_other` is a plural's: it says a number, or another form is there."""
    return "{{" in other or any(f"{base}_{form}" in known for form in ("zero", "one", "two", "few", "many"))


def _fields_of_message(names: Any) -> tuple[str, ...]:
    """The fields that hold texts, if these names are of one message with what is said about it."""
    return tuple(name for name, others in _MESSAGES if name in names and any(other in names for other in others))


_NONE = Entry("", "", 0, 0)


def _indent(text: str) -> str:
    match = re.match(r"\s*\{[ \t]*\r?\n([ \t]+)", text)
    return match.group(1) if match else ""


def _new_members(
    root: JsonValue, missing: Mapping[str, str], source: JsonValue
) -> list[tuple[JsonValue, int, dict[str, Any]]]:
    """For each object of the target that lacks something: the object, its depth and what it lacks, as a tree."""
    found = dict[int, tuple[JsonValue, int, dict[str, Any]]]()
    leading = dict[int, tuple[str, ...]]()

    def length_of(names: tuple[str, ...]) -> int | None:
        value: JsonValue | None = source
        for name in names:
            value = None if value is None else value.members.get(name)
        return None if value is None or value.is_object else len(value.members)

    for key, text in missing.items():
        names, value, depth = key.split(SEPARATOR), root, 0
        while len(names) > 1 and names[0] in value.members and value.members[names[0]].is_object:
            value, depth, names = value.members[names[0]], depth + 1, names[1:]
        if not value.is_object or names[0] in value.members:
            continue  # a list, or another kind of value: nothing can be added there
        leading[value.start] = tuple(key.split(SEPARATOR)[:depth])
        put_below(found.setdefault(value.start, (value, depth, {}))[2], names, text)
    whole = [
        (value, depth, with_lists(tree, length_of, leading[place])) for place, (value, depth, tree) in found.items()
    ]
    return [one for one in whole if one[2]]
