"""Which of a folder's files are localisation files of which format, some of each project."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from tutelage.core.languages import NAMES, base_language
from tutelage.corpora.columns import language_of_column
from tutelage.corpora.formats.keyed_json import is_gettext
from tutelage.corpora.formats.registry import FACTS
from tutelage.corpora.json_text import parse_object

MAX_BYTES = 400_000
"""Of a file that is tried: enough for nearly all, and no file takes long."""
SUFFIXES = {".resw": "resx", ".json": "gettext-json"}
"""Of formats whose files are called otherwise too."""
MARKS = {
    "qt": re.compile(rb"<TS\b"),
    "android": re.compile(rb"<resources\b.*<(?:string|plurals|string-array)\b", re.DOTALL),
    "yaml": re.compile(rb"^[\"']?[a-z]{2,3}(?:[-_]\w{2,8})?[\"']?:\s*(?:#.*)?$", re.MULTILINE),
    "html": re.compile(rb"<(?:p|h\d|li|td|body)\b", re.IGNORECASE),
    "resx": re.compile(rb"<root\b"),
}
"""What a file holds if its suffix is that of other things too."""
FOLDERS = {
    "gettext-json": re.compile(r"(?:^|/)(?:locales?|lang|languages?)(?:/|$)", re.IGNORECASE),
    "json": re.compile(r"(?:^|/)(?:_?locales?|i18n|lang|languages?|translations?|messages)(?:/|$)", re.IGNORECASE),
    "yaml": re.compile(r"(?:^|/)(?:locales?|lang|languages?)(?:/|$)", re.IGNORECASE),
}
"""Where texts lie in formats that hold settings elsewhere."""
_LANGUAGE = {
    "qt": re.compile(rb"<TS\b[^>]*?\slanguage=\"([\w-]+)\""),
    "xliff": re.compile(rb"(?:target-language|trgLang)=\"([\w-]+)\""),
    "po": re.compile(rb"^\"Language: *([\w@-]+)", re.MULTILINE),
}
_SOURCE = {
    "qt": re.compile(rb"<TS\b[^>]*?\ssourcelanguage=\"([\w-]+)\""),
    "xliff": re.compile(rb"(?:source-language|srcLang)=\"([\w-]+)\""),
    "xcstrings": re.compile(rb"\"sourceLanguage\"\s*:\s*\"([\w-]+)\""),
}


_CODE = re.compile(
    r"(?<![A-Za-z])([a-z]{2,3})(?:[-_](?:r?[A-Z]{2}|[a-z]{2}))?(?![A-Za-z])|(?<=/)[A-Z][a-z]+(?=\.lproj)"
)
"""A language's code in a path: `values-pt-rBR`, `de.lproj`, `Bundle_pt_BR.properties`, `pt-BR/app.ftl`."""
_SOURCES = ("en", "en-US", "en_US", "en-GB", "English", "Base")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that is tried."""

    path: Path
    text_format: str
    source: str
    target: str
    source_file: str = ""
    """The same texts in English, if such a file lies beside it."""


def find_localisation_files(root: Path, *, formats: Sequence[str], limit: int, pairs: bool = False) -> Iterator[Found]:
    """Up to `limit` files of each format: one of each folder of `root` in turn, in an order that stays the same.

    With `pairs`, those alone that have the source language's file beside them.
    """
    for text_format in formats:
        groups = defaultdict[str, list[Path]](list)
        for path in sorted(_candidates(root, text_format)):
            groups[path.relative_to(root).parts[0]].append(path)
        for paths in groups.values():
            paths.sort(key=lambda path: sha256(str(path.relative_to(root)).encode()).digest())
        chosen = 0
        while chosen < limit and any(groups.values()):
            for group in [name for name, paths in groups.items() if paths]:
                found = _looked_at(groups[group].pop(0), text_format)
                found = with_source_file(found, root) if found is not None and pairs else found
                if found is not None and chosen < limit:
                    chosen += 1
                    yield found


def with_source_file(found: Found, root: Path) -> Found | None:
    """The file with the source language's file beside it; `None` if there is none."""
    inside = f"/{found.path.relative_to(root).as_posix()}"
    for match in _CODE.finditer(inside):
        lang = language_of_column(match.group().replace("-r", "-"))
        if lang is None or base_language(lang) not in NAMES or base_language(lang) == "en":
            continue
        before, behind = inside[: match.start()], inside[match.end() :]
        paths = [f"{before}{code}{behind}" for code in _SOURCES] + [f"{before.rstrip('-_')}{behind}"]
        for path in paths:
            if (root / path[1:]).is_file() and path != inside:
                return replace(found, target=lang, source_file=str(root / path[1:]))
    return None


def _candidates(root: Path, text_format: str) -> Iterator[Path]:
    suffixes = [*FACTS[text_format].suffixes, *(name for name, one in SUFFIXES.items() if one == text_format)]
    for suffix in suffixes:
        for path in root.rglob(f"*{suffix}"):
            folder = FOLDERS.get(text_format)
            inside = path.relative_to(root).parent.as_posix()
            if path.is_file() and not path.is_symlink() and (folder is None or folder.search(inside)):
                yield path


def _looked_at(path: Path, text_format: str) -> Found | None:
    content = path.read_bytes()
    mark = MARKS.get(text_format)
    if not content.strip() or len(content) > MAX_BYTES or (mark is not None and not mark.search(content)):
        return None
    if path.suffix == ".json" and _json_format(content) != text_format:
        return None
    source = _stated(_SOURCE.get(text_format), content) or "en"
    target = _stated(_LANGUAGE.get(text_format), content) or ("pt-BR" if source != "pt-BR" else "en")
    return Found(path, text_format, source, target)


def _json_format(content: bytes) -> str:
    try:
        return "gettext-json" if is_gettext(parse_object(content.decode())) else "json"
    except ValueError:
        return ""


def _stated(pattern: re.Pattern[bytes] | None, content: bytes) -> str:
    match = pattern.search(content) if pattern else None
    return match.group(1).decode().replace("_", "-").partition("@")[0] if match else ""
