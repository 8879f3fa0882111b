"""The lines of a PO catalogue, so that a copy differs from it in what was filled alone.

polib writes every entry anew; here an entry's own lines stay, but for its translations, its fuzzy flag and, with them,
the previous texts that made it fuzzy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 78
"""Columns at which gettext's tools wrap a translation."""
UNWRAPPED = 100
"""A line of text that is longer and has a space shows that the catalogue's tool does not wrap."""
_FIELD = re.compile(r"(?:#~\s*)?(msgctxt|msgid_plural|msgid|msgstr)\b")
_FLAGS = re.compile(r"#,(.*)")
_HEADER = re.compile(r'"([A-Za-z][\w-]*):.*"')


def split_entries(text: str) -> list[list[str]]:
    """The lines of each entry, with their ends and with the comments and blank lines before them; what stands last."""
    entries: list[list[str]] = [[]]
    is_whole = False
    for line in text.split("\n"):
        field = _field(line)
        if is_whole and field != "msgstr" and not _continues(line):
            entries.append([])
            is_whole = False
        is_whole = is_whole or field == "msgstr"
        entries[-1].append(f"{line}\n")
    entries[-1][-1] = entries[-1][-1].removesuffix("\n")
    return entries


def has_texts(lines: Sequence[str]) -> bool:
    """Whether the lines are an entry, not only comments."""
    return any(_field(line) for line in lines)


def is_header(lines: Sequence[str]) -> bool:
    """Whether the entry is the header: without context, its text empty."""
    fields = [place for place, line in enumerate(lines) if _field(line)]
    if not fields or not lines[fields[0]].startswith("msgid"):
        return False
    end = fields[1] if len(fields) > 1 else len(lines)
    return all('""' in line for line in lines[fields[0] : end] if not line.startswith("#") and line.strip())


def with_translation(lines: Sequence[str], entry: Any, *, width: int) -> list[str]:
    """The entry's lines with the translations and the fuzzy flag that polib's entry has now."""
    kept = [line for line in lines if not line.startswith("#|")]
    return _with_texts(_with_fuzzy(kept, is_fuzzy=bool(entry.fuzzy)), _translation_lines(entry, width, _end_of(lines)))


def with_header(
    lines: Sequence[str], before: Mapping[str, str], metadata: Mapping[str, str], *, is_fuzzy: bool
) -> list[str]:
    """The header's lines with the fields that are others now."""
    end, kept = _end_of(lines), _with_fuzzy(lines, is_fuzzy=is_fuzzy)
    written = dict(zip(metadata, new_header(metadata, end)[2:-1], strict=True))
    fields = _header_fields(kept)
    if not set(before) <= set(fields):  # they begin elsewhere than at a line's start
        return _with_texts(kept, [f'msgstr ""{end}', *written.values()])
    first = _first_translation(kept) + 1
    last = first + sum(map(len, fields.values()))
    for name, line in written.items():
        if metadata[name] != before.get(name):
            fields[name] = [line]
    return [*kept[:first], *(line for field in fields.values() for line in field), *kept[last:]]


def _header_fields(lines: Sequence[str]) -> dict[str, list[str]]:
    """The lines of each field, if the fields begin on lines of their own."""
    fields: dict[str, list[str]] = {}
    is_whole = True
    for line in lines[_first_translation(lines) + 1 :]:
        match = _HEADER.match(line) if is_whole else None
        if match:
            fields[match.group(1)] = [line]
        elif fields and not is_whole and line.startswith('"'):
            fields[list(fields)[-1]].append(line)
        else:
            break
        is_whole = line.rstrip().endswith('\\n"')
    return fields


def new_header(metadata: Mapping[str, str], end: str) -> list[str]:
    """A header for a catalogue without one."""
    return [f'msgid ""{end}', f'msgstr ""{end}', *(f'"{name}: {text}\\n"{end}' for name, text in metadata.items()), end]


def wrap_width(text: str) -> int:
    """Where the catalogue wraps its lines; 0 if it does not."""
    is_unwrapped = any(len(line) > UNWRAPPED and " " in line and _field(line) for line in text.split("\n"))
    return 0 if is_unwrapped else WIDTH


def _field(line: str) -> str | None:
    match = _FIELD.match(line.lstrip())
    return match.group(1) if match else None


def _continues(line: str) -> bool:
    return line.removeprefix("#~").lstrip().startswith('"')


def _end_of(lines: Sequence[str]) -> str:
    return "\r\n" if any(line.endswith("\r\n") for line in lines) else "\n"


def _first_translation(lines: Sequence[str]) -> int:
    return next(place for place, line in enumerate(lines) if _field(line) == "msgstr")


def _with_texts(lines: Sequence[str], translations: Sequence[str]) -> list[str]:
    first = _first_translation(lines)
    last = max(place for place, line in enumerate(lines) if _field(line) == "msgstr" or _continues(line))
    written = list(translations)
    if not lines[last].endswith("\n"):
        written[-1] = written[-1].rstrip("\r\n")
    return [*lines[:first], *written, *lines[last + 1 :]]


def _with_fuzzy(lines: Sequence[str], *, is_fuzzy: bool) -> list[str]:
    """The lines with the flag or without it; the other flags stay."""
    kept: list[str] = []
    for line in lines:
        match = _FLAGS.match(line)
        flags = [flag.strip() for flag in match.group(1).split(",")] if match else []
        if "fuzzy" not in flags or is_fuzzy:
            kept.append(line)
        elif others := [flag for flag in flags if flag != "fuzzy"]:
            kept.append(f"#, {', '.join(others)}{_end_of([line])}")
    if is_fuzzy and not any("fuzzy" in line for line in kept if _FLAGS.match(line)):
        place = next(place for place, line in enumerate(kept) if _field(line) or _FLAGS.match(line))
        if _FLAGS.match(kept[place]):
            kept[place] = kept[place].replace("#,", "#, fuzzy,", 1)
        else:
            kept.insert(place, f"#, fuzzy{_end_of(lines)}")
    return kept


def _translation_lines(entry: Any, width: int, end: str) -> list[str]:
    """The translations as polib writes them."""
    import polib

    bare = polib.POEntry(msgid="", msgstr=entry.msgstr, msgstr_plural=entry.msgstr_plural)
    lines = bare.__unicode__(width).split("\n")
    return [f"{line}{end}" for line in lines[_first_translation(lines) :] if line]
