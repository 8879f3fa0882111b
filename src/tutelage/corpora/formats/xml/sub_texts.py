"""Text within inline codes, XLIFF 1's and TMX's `sub`: the caption of an image. Each is a unit of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tutelage.corpora.formats.units import Unit
from tutelage.corpora.formats.xml.elements import Element, Stretch
from tutelage.corpora.formats.xml.inline import Inline, InlineRules, Numbers, read_inline, write_inline


@dataclass(frozen=True, slots=True)
class SubText:
    """One such text."""

    place: int
    """Of its code in the markup of the text around it."""
    key: str
    """The tag of its code and its number within that, the same on both sides."""
    node: Element
    inline: Inline


def read_sub_texts(inline: Inline, stretch: Stretch, rules: InlineRules) -> tuple[SubText, ...]:
    """Those in the codes of a text, in their order."""
    return tuple(
        SubText(place, f"{inline.markup[place][0]} {number}", node, read_inline(node, stretch, rules, Numbers()))
        for place, code in enumerate(inline.codes)
        for number, node in enumerate(() if code is None else _nodes(code))
        if not node.is_empty_tag
    )


def sub_units(subs: Sequence[SubText], there: Sequence[SubText], unit: Unit) -> Iterator[Unit]:
    """A unit for each text, of the state of the unit around it; `there` are those of its target."""
    targets = {one.key: one.inline.text for one in there}
    for sub in subs:
        yield replace(unit, source=sub.inline.text, target=targets.get(sub.key, ""), proposals=())


def with_sub_texts(inline: Inline, stretch: Stretch, translations: Sequence[tuple[SubText, str]]) -> Inline:
    """The text with translations in its codes."""
    by_code: dict[int, list[tuple[SubText, str]]] = defaultdict(list)
    for sub, text in translations:
        by_code[sub.place].append((sub, text))
    markup = list(inline.markup)
    for place, filled in by_code.items():
        code = inline.codes[place]
        assert code is not None
        pieces, end = list[str](), code.start
        for sub, text in filled:
            pieces += [stretch.decode(end, sub.node.inner), write_inline(text, sub.inline)]
            end = sub.node.inner_end
        markup[place] = (markup[place][0], "".join(pieces) + stretch.decode(end, code.end))
    return replace(inline, markup=tuple(markup))


def _nodes(element: Element) -> Iterator[Element]:
    for child in element.children:
        if isinstance(child, Element):
            if child.local_name == "sub":
                yield child
            else:
                yield from _nodes(child)
