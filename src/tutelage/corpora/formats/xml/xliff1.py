"""The `trans-unit` of XLIFF 1.0 to 1.2: whole, or in the segments of its `seg-source`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from tutelage.corpora.bad_lines import BadLine
from tutelage.corpora.formats.units import Block, Edit, Filled, State, Unit, edited
from tutelage.corpora.formats.xml.elements import Element, Stretch, with_attributes
from tutelage.corpora.formats.xml.inline import Inline, InlineRules, Numbers, read_inline, write_inline
from tutelage.corpora.formats.xml.sub_texts import SubText, read_sub_texts, sub_units, with_sub_texts
from tutelage.corpora.formats.xml.targets import inherits_no, put_behind, refilled, with_target

RULES = InlineRules(
    roles={"g": "around", "mrk": "around", "bx": "opens", "ex": "closes", "bpt": "opens", "ept": "closes"},
    ids=("rid", "id", "mid"),
    is_code=lambda element: element.attributes.get("mtype") == "protected",
)
_STATES: Mapping[str, State] = {
    "new": "untranslated", "needs-translation": "untranslated", "translated": "final", "signed-off": "final",
    "final": "final",
}  # fmt: skip
"""What the standard's states mean; its others, `needs-…`, ask for a person, and those of tools' own do not."""
MACHINE = "tutelage"
"""The origin of our own drafts in an `alt-trans`."""
_MARK = re.compile(r"<(?:\w+:)?mrk\b[^>]*>([^<]*)</(?:\w+:)?mrk>")
FILLED = {"state": "needs-review-translation", "state-qualifier": "mt-suggestion"}


def read_trans_unit(stretch: Stretch, path: Path | str) -> Block:
    """The block of one unit."""
    element = stretch.element
    assert element is not None
    source, target = element.first("source"), element.first("target")
    if source is None:
        bad = BadLine(str(path), element.line, "a unit without a source", raw=element.attributes.get("id", ""))
        return Block(stretch.raw, bad=(bad,))
    segments = list(_segments(element.first("seg-source")))
    numbers = [Numbers() for _ in segments] or [Numbers()]
    sides = [_read(one, stretch, n) for one, n in zip(segments or [source], numbers, strict=True)]
    there = {one.attributes.get("mid"): one for one in _segments(target)}
    targets = [there.get(one.attributes.get("mid")) for one in segments] or [target]
    filled = [Inline("") if one is None else _read(one, stretch, n) for one, n in zip(targets, numbers, strict=True)]
    units = [_unit(stretch, element, *both) for both in zip(sides, filled, numbers, strict=True)]
    subs = [read_sub_texts(one, stretch, RULES) for one in sides]
    within = [
        one
        for unit, some, target in zip(units, subs, filled, strict=True)
        for one in sub_units(some, read_sub_texts(target, stretch, RULES), unit)
    ]
    return Block(stretch.raw, (*units, *within), partial(_render, stretch, sides, subs, segments, targets))


def _unit(stretch: Stretch, element: Element, source: Inline, target: Inline, numbers: Numbers) -> Unit:
    text = target.text
    alternatives = sorted(element.all("alt-trans"), key=lambda one: not _is_of_machine(one))
    proposals = [one for alternative in alternatives for one in alternative.all("target")]
    return Unit(
        source=_as_translated(source, text),
        target=text,
        state=_state(element, text),
        key=element.attributes.get("id", ""),
        context=next((one.attributes["original"] for one in stretch.parents if "original" in one.attributes), ""),
        notes=tuple(note.text for note in element.all("note")),
        proposals=tuple(_read(one, stretch, numbers).text for one in proposals),
        is_translatable=not inherits_no(stretch),
        line=element.line,
    )


def _read(element: Element, stretch: Stretch, numbers: Numbers) -> Inline:
    """The text of an element; in HTML, where a template's line breaks mean nothing, on one line."""
    inline = read_inline(element, stretch, RULES, numbers)
    around = (*stretch.parents, *([stretch.element] if stretch.element else []))
    datatype = [one.attributes["datatype"] for one in around if "datatype" in one.attributes]
    preserves = any(one.attributes.get("xml:space") == "preserve" for one in (*around, element))
    if "\n" not in inline.text or preserves or datatype[-1:] not in (["html"], ["xhtml"], ["htmlbody"]):
        return inline
    return replace(inline, text=re.sub(r"\s*\n\s*", " ", inline.text))


def _is_of_machine(alternative: Element) -> bool:
    """Whether the alternative is a machine's translation; others are of memories, or earlier versions."""
    origin = alternative.attributes.get("origin", "").lower()
    return origin == MACHINE or "machine" in origin or "mt" in re.split(r"\W+", origin)


def _as_translated(source: Inline, target: str) -> str:
    """The source; protected marks that its target does not have are their text, since a target need not mark it."""
    text = source.text
    for tag, markup in source.markup:
        if target.strip() and tag not in target and (mark := _MARK.fullmatch(markup)):
            text = text.replace(tag, html.unescape(mark.group(1)), 1)
    return text


def _state(element: Element, text: str) -> State:
    if not text.strip():
        return "untranslated"
    target = element.first("target")
    stated = "" if target is None else target.attributes.get("state", "")
    if element.attributes.get("approved") == "yes":
        return "final"
    return _STATES.get(stated, "review" if stated.startswith("needs-") else "final")


def _segments(element: Element | None) -> Iterator[Element]:
    for child in element.children if element is not None else ():
        if isinstance(child, Element):
            if child.local_name == "mrk" and child.attributes.get("mtype") == "seg":
                yield child
            else:
                yield from _segments(child)


def _render(
    stretch: Stretch,
    sides: list[Inline],
    subs: list[tuple[SubText, ...]],
    segments: list[Element],
    targets: list[Element | None],
    filled: Mapping[int, Filled],
) -> bytes:
    element = stretch.element
    assert element is not None
    if min(filled) >= len(sides):
        return stretch.raw
    source, target = element.first("source"), element.first("target")
    assert source is not None
    markup = _markup(stretch, sides, subs, filled)
    edits: list[Edit] = []
    if element.attributes.get("approved") == "yes":
        tag = with_attributes(stretch.decode(0, element.inner), approved="no")
        edits.append(Edit(0, element.inner, stretch.encode(tag)))
    if not segments:
        edits.append(with_target(stretch, source, target, markup[0], **FILLED))
    elif target is not None and all(one is not None for one in targets):
        tag = with_attributes(stretch.decode(target.start, target.inner), **FILLED)
        edits.append(Edit(target.start, target.inner, stretch.encode(tag)))
        edits += [refilled(stretch, one, markup[place]) for place, one in enumerate(targets) if one and place in markup]
    else:
        whole = _segmented(stretch, segments, targets, markup)
        last = element.first("seg-source")
        assert last is not None
        edits.append(
            refilled(stretch, target, whole, **FILLED) if target else put_behind(stretch, source, last, whole, **FILLED)
        )
    return edited(stretch.raw, edits)


def _markup(
    stretch: Stretch, sides: list[Inline], subs: list[tuple[SubText, ...]], filled: Mapping[int, Filled]
) -> dict[int, str]:
    """The markup of what is filled, by its place among the segments; `subs` have theirs behind them all."""
    place = len(sides)
    markup: dict[int, str] = {}
    for number, (side, some) in enumerate(zip(sides, subs, strict=True)):
        within = [(sub, filled[at].text) for at, sub in enumerate(some, start=place) if at in filled]
        place += len(some)
        if number in filled:
            markup[number] = write_inline(filled[number].text, with_sub_texts(side, stretch, within))
    return markup


def _segmented(
    stretch: Stretch, segments: list[Element], targets: list[Element | None], markup: Mapping[int, str]
) -> str:
    """The segmented source with translations in its segments: filled, or there already, or none."""
    element = stretch.element
    frame = None if element is None else element.first("seg-source")
    assert frame is not None
    pieces, end = [], frame.inner
    for place, (segment, target) in enumerate(zip(segments, targets, strict=True)):
        there = "" if target is None else stretch.decode(target.inner, target.inner_end)
        tag = stretch.decode(segment.start, segment.inner)
        tag = f"{tag.removesuffix('/>').rstrip()}>" if segment.is_empty_tag else tag
        pieces += [stretch.decode(end, segment.start), tag, markup.get(place, there), f"</{segment.name}>"]
        end = segment.end
    return "".join(pieces) + stretch.decode(end, frame.inner_end)
