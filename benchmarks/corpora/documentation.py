"""Translated manuals: LibreOffice's help, the Debian handbook, GNOME's user guide."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import lxml.etree
import lxml.html

from benchmarks.corpora.packages import DebianArchive
from benchmarks.corpora.units import Unit, align_by_position, cleaned

LIBREOFFICE_HELP = "libreoffice-help"
DEBIAN_HANDBOOK = "debian-handbook"
GNOME_USER_DOCS = "gnome-user-docs"

LICENSES = {
    LIBREOFFICE_HELP: "MPL-2.0",
    DEBIAN_HANDBOOK: "GPL-2+ or CC-BY-SA-3.0",
    GNOME_USER_DOCS: "CC-BY-SA-3.0",
}

_HANDBOOK_FOLDERS = {"pt_BR": "pt-BR", "es": "es-ES", "de": "de-DE", "fr": "fr-FR", "it": "it-IT"}
_MALLARD = "{http://projectmallard.org/1.0/}"
_NUMBERED_TITLE = re.compile(r"^(?:\w+\s*)?[A-Z]?\d+(?:\.\d+)*\s*\.?\s+")
"""The number of a chapter, section, figure or table, which translations word differently."""


def read_libreoffice_help(archive: DebianArchive, languages: Sequence[str]) -> Iterator[Unit]:
    """Paragraphs and headings aligned by the ids that the help carries."""
    english_folder = _help_folder(archive, "en-us", "en-US")
    folders = {
        lang: _help_folder(archive, lang.replace("_", "-").lower(), lang.replace("_", "-")) for lang in languages
    }
    for path in sorted(english_folder.rglob("*.html")):
        document = str(path.relative_to(english_folder))
        pages = {lang: _help_page(folder / document) for lang, folder in folders.items()}
        for key, (tag, text) in _help_page(path).items():
            same = {lang: page[key][1] for lang, page in pages.items() if key in page and page[key][0] == tag}
            unit_id = f"{document}#{key}"
            yield Unit(LIBREOFFICE_HELP, document, unit_id, LICENSES[LIBREOFFICE_HELP], tag, text, same)


def read_debian_handbook(archive: DebianArchive, languages: Sequence[str]) -> Iterator[Unit]:
    """Pages aligned by position where all their blocks have the same tags."""
    folder = archive.unpacked(DEBIAN_HANDBOOK) / "usr/share/doc/debian-handbook/html"
    for path in sorted((folder / "en-US").glob("*.html")):
        if path.name == "index.html":
            continue
        others = {lang: folder / _HANDBOOK_FOLDERS[lang] / path.name for lang in languages if lang in _HANDBOOK_FOLDERS}
        pages = {lang: _handbook_page(other) for lang, other in others.items() if other.exists()}
        license_name = LICENSES[DEBIAN_HANDBOOK]
        yield from align_by_position(DEBIAN_HANDBOOK, path.name, license_name, _handbook_page(path), pages)


def read_gnome_user_docs(archive: DebianArchive, languages: Sequence[str]) -> Iterator[Unit]:
    """Mallard pages aligned by position where all their blocks have the same tags."""
    folder = archive.unpacked(GNOME_USER_DOCS) / "usr/share/help"
    for guide in ("gnome-help", "system-admin-guide"):
        for path in sorted((folder / "C" / guide).glob("*.page")):
            others = {lang: folder / lang / guide / path.name for lang in languages}
            pages = {lang: _mallard_page(other) for lang, other in others.items() if other.exists()}
            document = f"{guide}/{path.name}"
            license_name = LICENSES[GNOME_USER_DOCS]
            yield from align_by_position(GNOME_USER_DOCS, document, license_name, _mallard_page(path), pages)


def _help_folder(archive: DebianArchive, suffix: str, folder: str) -> Path:
    # Only regional codes have a capitalised folder: pt-BR, but de.
    return archive.unpacked(f"libreoffice-help-{suffix}") / "usr/share/libreoffice/help" / folder / "text"


def _html(path: Path) -> Any:
    return lxml.html.parse(str(path), parser=lxml.html.HTMLParser(encoding="utf-8")).getroot()


def _help_page(path: Path) -> dict[str, tuple[str, str]]:
    """Kind and text by paragraph id; ids that come twice on a page are numbered."""
    page: dict[str, tuple[str, str]] = {}
    counts: Counter[str] = Counter()
    if not path.exists():
        return page
    for element in _html(path).iter("p", "h1", "h2", "h3", "h4", "h5", "h6"):
        element_id = element.get("id") or ""
        style = element.get("class") or ""
        if not element_id.startswith(("par_", "hd_")) or "code" in style or "rtl" in style:
            continue
        if not _keeps_one_system(element) or element.find(".//code") is not None:
            continue
        counts[element_id] += 1
        text = cleaned(element.text_content())
        if text and "<?>" not in text:
            page[f"{element_id}.{counts[element_id]}"] = ("sent" if element.tag == "p" else "h", text)
    return page


def _keeps_one_system(element: Any) -> bool:
    """Drop the wording for macOS where the text switches by system; false if several wordings are left."""
    for switch in element.iter("span"):
        if not (switch.get("class") or "").startswith("switchinline"):
            continue
        variants = [child for child in switch if child.get("hidden")]
        if len([child for child in variants if child.get("class") != "MAC"]) != 1:
            return False
        for child in variants:
            if child.get("class") == "MAC":
                tail = child.tail
                child.clear()
                child.tail = tail
    return True


def _handbook_page(path: Path) -> list[tuple[str, str]]:
    blocks = []
    for element in _html(path).iter("div", "h1", "h2", "h3", "h4", "p", "dt"):
        style = element.get("class") or ""
        if element.tag == "div" and style == "para":
            blocks.append(("para", cleaned(_inline_text(element))))
        elif element.tag in ("h1", "h2", "h3", "h4", "dt") or (element.tag == "p" and style == "title"):
            blocks.append(("title", _NUMBERED_TITLE.sub("", cleaned(element.text_content()))))
    return blocks


def _inline_text(element: Any) -> str:
    """The text of a paragraph without the lists, tables and listings inside it."""
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and child.tag not in ("div", "pre", "ul", "ol", "dl", "table"):
            parts.append(child.text_content())
        parts.append(child.tail or "")
    return "".join(parts)


def _mallard_page(path: Path) -> list[tuple[str, str]]:
    try:
        parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True)
        root = lxml.etree.parse(str(path), parser).getroot()
    except lxml.etree.XMLSyntaxError:
        return []
    return list(_mallard_blocks(root))


def _mallard_blocks(element: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(element.tag, str) or not element.tag.startswith(_MALLARD):
        return
    tag = element.tag.removeprefix(_MALLARD)
    if tag in ("credit", "license", "include", "code", "screen"):
        return
    if tag in ("title", "desc", "p", "cite"):
        if not (tag == "title" and element.get("type")):
            for sequence in element.iter(f"{_MALLARD}guiseq"):
                for child in list(sequence)[:-1]:
                    child.tail = " > "
            yield tag, cleaned("".join(element.itertext()))
        return
    for child in element:
        yield from _mallard_blocks(child)
