"""The `unit` of XLIFF 2.x: each of its segments is a text of its own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from tutelage.corpora.bad_lines import BadLine
from tutelage.corpora.formats.units import Block, Edit, Filled, State, Unit, edited
from tutelage.corpora.formats.xml.elements import Element, Stretch, with_attributes
from tutelage.corpora.formats.xml.inline import Inline, InlineRules, Numbers, read_inline, write_inline
from tutelage.corpora.formats.xml.targets import inherits_no, with_target

RULES = InlineRules(
    roles={"pc": "around", "mrk": "around", "sc": "opens", "ec": "closes", "sm": "opens", "em": "closes"},
    ids=("startRef", "id"),
    is_code=lambda element: element.attributes.get("translate") == "no",
)
SUBSTATE = "tutelage:needs-review"
"""XLIFF 2 has no state between initial and translated; its sub-state says that no person has looked yet."""


def read_unit(stretch: Stretch, path: Path | str) -> Block:
    """The block of one unit; spaces and the like between its segments (`ignorable`) stay as they are."""
    element = stretch.element
    assert element is not None
    segments = element.all("segment")
    if any(segment.first("source") is None for segment in segments):
        bad = BadLine(str(path), element.line, "a segment without a source", raw=element.attributes.get("id", ""))
        return Block(stretch.raw, bad=(bad,))
    numbers = [Numbers() for _ in segments]
    sides = [
        read_inline(source, stretch, RULES, number)
        for segment, number in zip(segments, numbers, strict=True)
        if (source := segment.first("source")) is not None
    ]
    units = tuple(
        _unit(stretch, element, segment, side, number)
        for segment, side, number in zip(segments, sides, numbers, strict=True)
    )
    return Block(stretch.raw, units, partial(_render, stretch, segments, sides))


def _unit(stretch: Stretch, element: Element, segment: Element, source: Inline, numbers: Numbers) -> Unit:
    target = segment.first("target")
    text = "" if target is None else read_inline(target, stretch, RULES, numbers).text
    notes = element.first("notes")
    names = [element.attributes.get("id", ""), segment.attributes.get("id", "")]
    return Unit(
        source=source.text,
        target=text,
        state=_state(segment, text),
        key="/".join(filter(None, names)),
        context=next((one.attributes["original"] for one in stretch.parents if "original" in one.attributes), ""),
        notes=tuple(note.text for note in notes.all("note")) if notes else (),
        proposals=_proposals(stretch, element, segment, numbers),
        is_translatable=not inherits_no(stretch),
        line=segment.line,
    )


def _proposals(stretch: Stretch, element: Element, segment: Element, numbers: Numbers) -> tuple[str, ...]:
    """The targets of the matches for the segment, or for a unit that is one segment."""
    found = []
    for matches in element.all("matches"):
        for match in matches.all("match"):
            ref = match.attributes.get("ref", "").rpartition("#")[2].rpartition("=")[2]
            target = match.first("target")
            if target is not None and (ref == segment.attributes.get("id") or len(element.all("segment")) == 1):
                found.append(read_inline(target, stretch, RULES, numbers).text)
    return tuple(found)


def _state(segment: Element, text: str) -> State:
    """A target without a state is a translation, for many tools write none."""
    stated = segment.attributes.get("state", "")
    if not text.strip() or stated == "initial":
        return "untranslated"
    return "review" if segment.attributes.get("subState") == SUBSTATE else "final"


def _render(stretch: Stretch, segments: list[Element], sides: list[Inline], filled: Mapping[int, Filled]) -> bytes:
    edits = []
    for place, one in filled.items():
        segment = segments[place]
        source = segment.first("source")
        assert source is not None
        tag = with_attributes(stretch.decode(segment.start, segment.inner), state="translated", subState=SUBSTATE)
        edits.append(Edit(segment.start, segment.inner, stretch.encode(tag)))
        edits.append(with_target(stretch, source, segment.first("target"), write_inline(one.text, sides[place])))
    return edited(stretch.raw, edits)
