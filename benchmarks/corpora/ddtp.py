"""Package descriptions, translated by the Debian Description Translation Project: short lines, paragraphs, lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpora.packages import DebianArchive, stanzas
from benchmarks.corpora.units import Unit, cleaned

ORIGIN = "ddtp"
LICENSE = "not stated (DDTP; English text follows each package debian/control, distributed in Debian main)"

_BULLET = re.compile(r"^\s*(?:[-*+•·]|o(?= )|\d+[.)])\s+")


@dataclass(frozen=True, slots=True)
class _Description:
    package: str
    short: str
    body: tuple[str, ...]


@dataclass(slots=True)
class _Block:
    """A run of lines: `p` paragraph, `li` list item, `v` verbatim."""

    tag: str
    text: str


def read_units(archive: DebianArchive, languages: Sequence[str]) -> Iterator[Unit]:
    """Descriptions aligned by the checksum of the English one; paragraphs only where their structure is the same."""
    documents = _source_packages(archive)
    translated = {lang: _descriptions(archive.description_indexes(lang)) for lang in languages}
    for key, english in _descriptions(archive.description_indexes("en")).items():
        document = documents.get(english.package, english.package)
        found = {lang: table[key] for lang, table in translated.items() if key in table}
        shorts = {lang: cleaned(description.short) for lang, description in found.items()}
        yield Unit(ORIGIN, document, f"{english.package}/s", LICENSE, "short", cleaned(english.short), shorts)
        yield from _body_units(document, english, found)


def _body_units(document: str, english: _Description, found: dict[str, _Description]) -> Iterator[Unit]:
    paragraphs = _paragraphs(english.body)
    translated = {lang: _paragraphs(description.body) for lang, description in found.items()}
    same = {lang: body for lang, body in translated.items() if len(body) == len(paragraphs)}
    for number, blocks in enumerate(paragraphs):
        tags = [block.tag for block in blocks]
        aligned = {lang: body[number] for lang, body in same.items() if [b.tag for b in body[number]] == tags}
        for place, block in enumerate(blocks):
            if block.tag == "v":
                continue
            texts = {lang: cleaned(others[place].text) for lang, others in aligned.items()}
            kind = "li" if block.tag == "li" else "sent"
            unit_id = f"{english.package}/{number}.{place}"
            yield Unit(ORIGIN, document, unit_id, LICENSE, kind, cleaned(block.text), texts)


def _paragraphs(body: tuple[str, ...]) -> list[list[_Block]]:
    paragraphs: list[list[_Block]] = [[]]
    for line in body:
        blocks = paragraphs[-1]
        bullet = _BULLET.match(line)
        if line.strip() == ".":
            paragraphs.append([])
        elif bullet:
            blocks.append(_Block("li", line[bullet.end() :]))
        elif line.startswith(" ") and not (blocks and blocks[-1].tag == "li"):
            blocks.append(_Block("v", line))
        elif blocks and blocks[-1].tag in ("p", "li"):
            blocks[-1].text += f" {line}"
        else:
            blocks.append(_Block("p", line))
    return [blocks for blocks in paragraphs if blocks]


def _descriptions(indexes: list[Path]) -> dict[str, _Description]:
    """Descriptions by the checksum of the English one."""
    table: dict[str, _Description] = {}
    for lines in (lines for path in indexes for lines in stanzas(path)):
        package, key, short = "", "", ""
        body = tuple(line[1:] for line in lines if line.startswith(" "))
        for line in lines:
            name, _, value = line.partition(": ")
            if name == "Package":
                package = value
            elif name == "Description-md5":
                key = value
            elif name.startswith("Description-"):
                short = value
        if key:
            table.setdefault(key, _Description(package, short, body))
    return table


def _source_packages(archive: DebianArchive) -> dict[str, str]:
    """Source package by binary package: descriptions of one source resemble each other and stay in one split."""
    sources: dict[str, str] = {}
    for lines in (lines for path in archive.package_indexes() for lines in stanzas(path)):
        values = dict(line.split(": ", 1) for line in lines if line.startswith(("Package: ", "Source: ")))
        sources[values["Package"]] = values.get("Source", values["Package"]).split(" ")[0]
    return sources
