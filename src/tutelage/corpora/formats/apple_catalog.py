"""Apple's string catalogues (`.xcstrings`): one JSON for all languages, with states and plural forms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tutelage.core.errors import CorpusError
from tutelage.core.languages import same_language
from tutelage.core.plurals import plural_categories
from tutelage.core.protection.spans import FlaggedText
from tutelage.corpora.columns import language_of_column
from tutelage.corpora.files import BYTE_ORDER_MARK, decoded, read_bytes
from tutelage.corpora.formats.json_spans import JsonValue, find_values
from tutelage.corpora.formats.keyed import TextEdit, edited_text, no_such_file
from tutelage.corpora.formats.units import Block, Filled, State, Unit, UnitFormat
from tutelage.corpora.json_text import parse_object
from tutelage.corpora.rows import Languages
from tutelage.storage.limits import MAX_DOCUMENT_BYTES

WHAT = "a string catalogue of Xcode"
OBJC = frozenset({"objc"})


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a unit's translation goes: the message and the plural form, empty if it has none."""

    key: str
    form: str


class AppleCatalog(UnitFormat):
    """Fills the target language of each message, in Xcode's own style, as one that needs a review."""

    def blocks(self, path: Path | str, *, languages: Languages) -> Iterator[Block]:
        """The whole file as one block."""
        raw = read_bytes(path)
        mark = BYTE_ORDER_MARK if raw.startswith(BYTE_ORDER_MARK) else b""
        try:
            text = decoded(raw.removeprefix(mark), limit=MAX_DOCUMENT_BYTES)
            catalogue = parse_object(text)
        except ValueError as error:
            raise no_such_file(WHAT, str(error), path) from None
        if not isinstance(catalogue.get("strings"), dict):
            raise no_such_file(WHAT, "it has no 'strings'", path)
        own = str(catalogue.get("sourceLanguage", languages.source))
        source_lang = language_of_column(own)
        if languages.source and source_lang and not same_language(source_lang, languages.source):
            what = f"the file's source language is '{own}', but '{languages.source}' was asked for."
            raise CorpusError(what, where=str(path), fix="Give the languages of the file.")
        found = list(_units(catalogue["strings"], own, languages.target))
        render = partial(_rendered, text, mark, [place for place, _ in found], languages.target)
        yield Block(raw, tuple(unit for _, unit in found), render)


def _units(strings: Mapping[str, Any], source_lang: str, target_lang: str) -> Iterator[tuple[_Place, Unit]]:
    for key, message in strings.items():
        if not isinstance(message, dict):
            continue
        localizations = message.get("localizations") or {}
        own = localizations.get(source_lang)
        source = _forms(own) or {"": (key, "translated")}
        target = _forms(localizations.get(_own_code(localizations, target_lang))) if target_lang else {}
        comment = message.get("comment")
        notes = (comment,) if isinstance(comment, str) else ()
        for form in _wanted_forms(source, target_lang):
            text = source.get(form, source.get("other", ("", "")))[0]
            translation, state = target.get(form, ("", ""))
            unit = Unit(
                FlaggedText(text, OBJC), translation, _state(translation, state), key, form, notes=notes,
                is_translatable=message.get("shouldTranslate") is not False and not _varies_otherwise(own),
            )  # fmt: skip
            yield _Place(key, form), unit


def _forms(localization: Any) -> dict[str, tuple[str, str]]:
    """Text and state of each plural form, `` for a message without any; variations by device are left alone."""
    if not isinstance(localization, dict):
        return {}
    plural = (localization.get("variations") or {}).get("plural") or {}
    units = {form: (one or {}).get("stringUnit") for form, one in plural.items()} or {
        "": localization.get("stringUnit")
    }
    return {form: (str(unit.get("value", "")), str(unit.get("state", ""))) for form, unit in units.items() if unit}


def _varies_otherwise(localization: Any) -> bool:
    """Whether a message is made of parts that stand elsewhere, or differs by device: one text would not be it."""
    if not isinstance(localization, dict):
        return False
    return bool(localization.get("substitutions")) or bool((localization.get("variations") or {}).keys() - {"plural"})


def _wanted_forms(source: Mapping[str, Any], lang: str) -> tuple[str, ...]:
    return tuple(source) if "other" not in source or not lang else plural_categories(lang)


def _state(translation: str, state: str) -> State:
    if not translation or state == "new":
        return "untranslated"
    return "final" if state == "translated" else "review"


def _own_code(localizations: Mapping[str, Any], lang: str) -> str:
    """The code by which the catalogue names the language, or as Xcode would."""
    return next((code for code in localizations if code.replace("_", "-") == lang), lang)


def _rendered(text: str, mark: bytes, places: list[_Place], lang: str, filled: Mapping[int, Filled]) -> bytes:
    strings = find_values(text).members["strings"]
    by_key = dict[str, dict[str, str]]()
    for number, one in filled.items():
        by_key.setdefault(places[number].key, {})[places[number].form] = one.text
    edits = [edit for key, forms in by_key.items() for edit in _edits(strings.members[key], lang, forms, text)]
    return mark + edited_text(text, edits).encode()


def _edits(message: JsonValue, lang: str, forms: Mapping[str, str], text: str) -> list[TextEdit]:
    """The message with the language's forms; those that it has besides stay."""
    value = json.loads(text[message.start : message.end])
    localizations = value.setdefault("localizations", {})
    code = _own_code(localizations, lang)
    old = localizations.get(code) or {}
    units = {form: {"stringUnit": {"state": "needs_review", "value": one}} for form, one in forms.items()}
    if "" in units:
        new = {**old, **units[""]}
    else:
        plural = {**(old.get("variations") or {}).get("plural", {}), **units}
        new = {**old, "variations": {**(old.get("variations") or {}), "plural": dict(sorted(plural.items()))}}
    localizations[code] = new
    value["localizations"] = dict(sorted(localizations.items()))
    line = text.rfind("\n", 0, message.start) + 1
    indent = re.match(r"[ \t]*", text[line:]).group()  # type: ignore[union-attr]
    written = json.dumps(value, ensure_ascii=False, indent=2, separators=(",", " : ")).replace("\n", "\n" + indent)
    return [TextEdit(message.start, message.end, written)]
