"""Interface messages out of the compiled gettext catalogues of programs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import polib

from benchmarks.corpora.packages import DebianArchive
from benchmarks.corpora.units import Unit, cleaned
from tutelage.corpora.normalising import short_hash

ORIGIN = "gettext"

LICENSES = {
    "anjuta-common": "GPL-2+", "apt": "GPL-2+", "aptitude-common": "GPL-2+", "audacity-data": "GPL-2+",
    "bash": "GPL-3+", "coreutils": "GPL-3+", "darktable": "GPL-3+", "evolution-common": "LGPL-2 or LGPL-3",
    "evolution-data-server-common": "LGPL-2+", "gettext": "GPL-3+", "gimp-data": "GPL-3+", "git": "GPL-2",
    "gnome-control-center-data": "GPL-2+", "gnucash-common": "GPL-2+", "gnumeric-common": "GPL-2 or GPL-3",
    "gnupg-l10n": "GPL-3+", "gramps": "GPL-2+", "inkscape": "GPL-2+", "krita-l10n": "GPL-2+ and LGPL-2.1+",
    "libapt-pkg6.0": "GPL-2+", "libc-l10n": "LGPL-2.1+", "libglib2.0-data": "LGPL-2.1+", "libgtk-3-common": "LGPL-2+",
    "shotwell-common": "LGPL-2.1+", "vlc-l10n": "GPL-2+", "wget": "GPL-3+",
}  # fmt: skip
"""Packages, and the licence of the catalogues as their copyright files state it."""

TEST_PACKAGES = frozenset({"shotwell-common", "aptitude-common"})
DEV_PACKAGES = frozenset({"wget", "gnupg-l10n"})

_AMPERSAND_PACKAGES = frozenset({"krita-l10n", "audacity-data"})
"""Programs whose accelerators are marked with `&`; the others use `_`."""
_UNFIT = re.compile(r"</?[a-zA-Z!]|&lt;|\t|\||\n[ \t]")
"""Markup, tables and lists of options."""


def read_units(archive: DebianArchive, languages: Sequence[str]) -> Iterator[Unit]:
    """The paragraphs of each message, aligned by the message."""
    for package, license_name in sorted(LICENSES.items()):
        folder = archive.unpacked(package) / "usr/share/locale"
        for domain, tables in sorted(_catalogues(folder, languages).items()):
            for message in sorted({key for table in tables.values() for key in table}):
                english = message.rpartition("\x04")[2]
                if _UNFIT.search(english):
                    continue
                found = {lang: table[message] for lang, table in tables.items() if table.get(message)}
                english, found = _without_accelerators(english, found, "&" if package in _AMPERSAND_PACKAGES else "_")
                yield from _paragraph_units(
                    package, license_name, f"{domain}/{short_hash(message):016x}", english, found
                )


def _catalogues(folder: Path, languages: Sequence[str]) -> dict[str, dict[str, dict[str, str]]]:
    """Messages by domain, language and context + text."""
    domains: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for lang in languages:
        for path in sorted(folder.glob(f"{lang}/LC_MESSAGES/*.mo")):
            if "timezones" not in path.name and "gnulib" not in path.name:
                domains[path.stem][lang] = _messages(path)
    return domains


def _messages(path: Path) -> dict[str, str]:
    table: dict[str, str] = {}
    for entry in polib.mofile(str(path)):
        context = f"{entry.msgctxt}\x04" if entry.msgctxt else ""
        if entry.msgid_plural:
            table[context + entry.msgid] = entry.msgstr_plural.get(0, "")
            table[context + entry.msgid_plural] = entry.msgstr_plural.get(1, "")
        else:
            table[context + entry.msgid] = entry.msgstr
    return table


def _without_accelerators(english: str, found: dict[str, str], mark: str) -> tuple[str, dict[str, str]]:
    """The message without the mark of its accelerator; an identifier that holds the mark stays the same everywhere."""
    token = re.search(rf"\w*{re.escape(mark)}\w+", english)
    if english.count(mark) != 1 or token is None:
        return english, found
    if not english.startswith(mark) and any(token.group() in text for text in found.values()):
        return english, found
    return english.replace(mark, ""), {lang: _unmarked(text, mark) for lang, text in found.items()}


def _unmarked(text: str, mark: str) -> str:
    return re.sub(rf"{re.escape(mark)}(?=\w)", "", text) if text.count(mark) == 1 else text


def _paragraph_units(
    package: str, license_name: str, message_id: str, english: str, found: dict[str, str]
) -> Iterator[Unit]:
    paragraphs = _paragraphs(english)
    translated = {lang: _paragraphs(text) for lang, text in found.items()}
    same = {lang: texts for lang, texts in translated.items() if len(texts) == len(paragraphs)}
    for place, paragraph in enumerate(paragraphs):
        texts = {lang: others[place] for lang, others in same.items()}
        origin = f"{ORIGIN}:{package}"
        yield Unit(origin, package, f"{message_id}.{place}", license_name, "msg", paragraph, texts)


def _paragraphs(text: str) -> list[str]:
    return [cleaned(part) for part in re.split(r"\n\s*\n", text) if part.strip()]
