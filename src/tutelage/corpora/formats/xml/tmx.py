"""Translation memories, TMX 1.1 to 1.4: read, filled and written, a unit at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import tutelage
from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.languages import Direction
from tutelage.core.records import Pair
from tutelage.corpora.bad_lines import BadLine
from tutelage.corpora.files import written_whole
from tutelage.corpora.formats.units import Block, Edit, Filled, Unit, UnitFormat, edited
from tutelage.corpora.formats.xml.elements import Element, Stretch, escaped, with_attributes
from tutelage.corpora.formats.xml.inline import Inline, InlineRules, Numbers, read_inline, write_inline
from tutelage.corpora.formats.xml.languages import closest
from tutelage.corpora.formats.xml.stretches import read_stretches
from tutelage.corpora.formats.xml.sub_texts import SubText, read_sub_texts, sub_units, with_sub_texts
from tutelage.corpora.formats.xml.targets import put_behind, refilled
from tutelage.corpora.rows import Languages

RULES = InlineRules(roles={"bpt": "opens", "ept": "closes", "hi": "around"}, ids=("i", "x"), across="x")
MACHINE = "tutelage"
"""The `creationid` of what was filled; TMX has no states, so this is what says that no person has looked yet."""
_ALL = "*all*"
_MOST_LANGUAGES = 12
"""Named in a message."""


@dataclass(slots=True)
class _Seen:
    """What the units of a file have."""

    units: int = 0
    with_source: int = 0
    languages: dict[str, None] = field(default_factory=dict)

    def note(self, codes: Iterable[str]) -> None:
        """Remember the languages of a unit."""
        self.units += 1
        if len(self.languages) < _MOST_LANGUAGES:
            self.languages.update(dict.fromkeys(codes))


class Tmx(UnitFormat):
    """Streams units. One without the source language is left out, one without the target language untranslated."""

    def blocks(self, path: Path | str, *, languages: Languages) -> Iterator[Block]:
        """A block for each unit; CorpusError if no unit has the source language."""
        srclang, is_tmx, seen = "", False, _Seen()
        for stretch in read_stretches(path, whole=frozenset({"tu"}), tags=frozenset({"tmx", "header"})):
            element = stretch.element
            if element is None or stretch.part != "whole":
                is_tmx = is_tmx or (element is not None and element.local_name == "tmx")
                if element is not None and element.local_name == "header":
                    srclang = element.attributes.get("srclang", srclang)
                yield Block(stretch.raw)
            else:
                wanted = languages.source or _srclang(element, srclang, path)
                yield _block(stretch, element, path, wanted, languages.target, seen)
        if not is_tmx:
            raise CorpusError("this is not TMX, whose first element is 'tmx'.", where=str(path), fix="Give a TMX file.")
        if seen.units and not seen.with_source:
            there = ", ".join(seen.languages) or "none"
            what = f"no unit has a text in '{languages.source or srclang}'; the languages of the file are: {there}."
            raise CorpusError(what, where=str(path), fix="Ask for a language that it has.")


def _srclang(unit: Element, srclang: str, path: Path | str) -> str:
    stated = unit.attributes.get("srclang", srclang)
    if stated and stated != _ALL:
        return stated
    raise CorpusError(
        "the file does not say which language is the source (srclang).",
        where=f"{path}:{unit.line}",
        fix="Name the source language.",
    )


def _block(
    stretch: Stretch, element: Element, path: Path | str, source_lang: str, target_lang: str, seen: _Seen
) -> Block:
    variants = element.all("tuv")
    codes = [one.attributes.get("xml:lang") or one.attributes.get("lang") or "" for one in variants]
    seen.note(codes)
    place = closest(codes, source_lang)
    if place is None:
        return Block(stretch.raw)
    seen.with_source += 1
    segment = variants[place].first("seg")
    if segment is None:
        bad = BadLine(str(path), element.line, "a variant without a segment", raw=codes[place])
        return Block(stretch.raw, bad=(bad,))
    numbers = Numbers()
    source = read_inline(segment, stretch, RULES, numbers)
    found = closest(codes, target_lang) if target_lang else None
    variant = None if found is None or found == place else variants[found]
    there_segment = None if variant is None else variant.first("seg")
    target = Inline("") if there_segment is None else read_inline(there_segment, stretch, RULES, numbers)
    unit = _unit(element, source, target.text, variant)
    subs, there = (read_sub_texts(one, stretch, RULES) for one in (source, target))
    units = (unit, *sub_units(subs, there, unit))
    return Block(stretch.raw, units, partial(_render, stretch, variants, place, source, subs, variant, target_lang))


def _unit(element: Element, source: Inline, text: str, variant: Element | None) -> Unit:
    by_machine = variant is not None and variant.attributes.get("creationid") == MACHINE
    return Unit(
        source=source.text,
        target=text,
        state="untranslated" if not text.strip() else "review" if by_machine else "final",
        key=element.attributes.get("tuid", ""),
        notes=tuple(note.text for note in element.all("note")),
        line=element.line,
    )


def _render(
    stretch: Stretch,
    variants: list[Element],
    place: int,
    source: Inline,
    subs: Sequence[SubText],
    variant: Element | None,
    target_lang: str,
    filled: Mapping[int, Filled],
) -> bytes:
    if 0 not in filled:
        return stretch.raw
    within = [(sub, filled[number].text) for number, sub in enumerate(subs, start=1) if number in filled]
    markup = write_inline(filled[0].text, with_sub_texts(source, stretch, within))
    segment = None if variant is None else variant.first("seg")
    if variant is not None and segment is not None:
        tag = with_attributes(stretch.decode(variant.start, variant.inner), creationid=MACHINE)
        edits = [Edit(variant.start, variant.inner, stretch.encode(tag)), refilled(stretch, segment, markup)]
        return edited(stretch.raw, edits)
    if not target_lang:
        raise UsageError("the language to translate into is not said.", fix="Name the target language.")
    around = variants[place]
    there = around.first("seg")
    assert there is not None
    before, after = stretch.decode(around.inner, there.start), stretch.decode(there.end, around.inner_end)
    inner = f"{_space_after(before)}<seg>{markup}</seg>{after if not after.strip() else ''}"
    edit = put_behind(stretch, around, variants[-1], inner, name="tuv", xml_lang=target_lang, creationid=MACHINE)
    return edited(stretch.raw, [edit])


def _space_after(markup: str) -> str:
    """The white space at the end of markup."""
    return markup[len(markup.rstrip()) :]


def write_tmx(pairs: Iterable[Pair], out: Path | str, *, direction: Direction) -> int:
    """Write the pairs as TMX 1.4, with where each came from as a property; how many there are."""
    count = 0
    with written_whole(out) as stream:
        stream.write(
            f'<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4">\n'
            f'<header creationtool="tutelage" creationtoolversion="{tutelage.__version__}" segtype="sentence" '
            f'o-tmf="tutelage" adminlang="en" srclang="{escaped(direction.source)}" datatype="plaintext"/>\n'
            "<body>\n".encode()
        )
        for pair in pairs:
            stream.write(_written(pair, direction).encode())
            count += 1
        stream.write(b"</body>\n</tmx>\n")
    return count


def _written(pair: Pair, direction: Direction) -> str:
    origin = escaped(pair.provenance.origin)
    sides = ((direction.source, pair.source.text), (direction.target, pair.target.text))
    variants = "\n".join(f'<tuv xml:lang="{escaped(lang)}"><seg>{escaped(text)}</seg></tuv>' for lang, text in sides)
    shown_origin = f'<prop type="x-origin">{origin}</prop>\n' if origin else ""
    return f"<tu>\n{shown_origin}{variants}\n</tu>\n"
