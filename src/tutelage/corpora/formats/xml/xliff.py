"""XLIFF 1.0 to 1.2 and 2.x: the file, its versions and its languages; units are in `xliff1` and `xliff2`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tutelage.core.errors import CorpusError
from tutelage.corpora.bad_lines import shown
from tutelage.corpora.formats.units import Block, UnitFormat
from tutelage.corpora.formats.xml.elements import Element, Stretch, with_attributes
from tutelage.corpora.formats.xml.languages import check_language
from tutelage.corpora.formats.xml.stretches import read_stretches
from tutelage.corpora.formats.xml.xliff1 import read_trans_unit
from tutelage.corpora.formats.xml.xliff2 import read_unit
from tutelage.corpora.rows import Languages

_WHOLE, _TAGS = frozenset({"trans-unit", "unit"}), frozenset({"xliff", "file"})
_LANGUAGES = {"1": ("file", "source-language", "target-language"), "2": ("xliff", "srcLang", "trgLang")}
"""Which element says the languages, and how, by the first digit of the version."""


class Xliff(UnitFormat):
    """Streams units. What is filled says that it needs a review; the target language is added where it is missing."""

    def blocks(self, path: Path | str, *, languages: Languages) -> Iterator[Block]:
        """A block for each unit, and for the bytes between them."""
        version = ""
        for stretch in read_stretches(path, whole=_WHOLE, tags=_TAGS):
            element = stretch.element
            if element is None or stretch.part == "foot":
                yield Block(stretch.raw)
            elif stretch.part == "head":
                version = version or _version(element, path)
                yield Block(_with_languages(stretch, element, version, path, languages))
            elif version:
                yield read_trans_unit(stretch, path) if version == "1" else read_unit(stretch, path)
        if not version:
            what = "this is not XLIFF, whose first element is 'xliff'."
            raise CorpusError(what, where=str(path), fix="Give an XLIFF file, or name its format with --format.")


def _version(root: Element, path: Path | str) -> str:
    stated = root.attributes.get("version", "")
    if root.local_name == "xliff" and stated[:2] in ("1.", "2."):
        return stated[0]
    fix = "Export it as XLIFF 1.2, 2.0 or 2.1."
    raise CorpusError(f"this is XLIFF of version '{shown(stated)}', which is not read.", where=str(path), fix=fix)


def _with_languages(stretch: Stretch, element: Element, version: str, path: Path | str, languages: Languages) -> bytes:
    """The start tag with the target language, after a look at the languages that it says."""
    name, source, target = _LANGUAGES[version]
    if element.local_name != name:
        return stretch.raw
    where = f"{path}:{element.line}"
    if not element.attributes.get(source):
        raise CorpusError(f"the attribute {source} of '{name}' is missing.", where=where, fix="Add it.")
    check_language(element.attributes[source], languages.source, side="source", where=where)
    if element.attributes.get(target):
        check_language(element.attributes[target], languages.target, side="target", where=where)
    elif languages.target:
        tag = stretch.decode(0, len(stretch.raw))
        return stretch.encode(with_attributes(tag, **{target: languages.target}))
    return stretch.raw
