r"""`strings.xml` of Android: strings, plurals and arrays, with its escapes (`\'`, `\n`, `\@`), CDATA and `xliff:g`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tutelage.core.plurals import plural_categories
from tutelage.corpora.formats.units import Edit, Filled, Unit, edited
from tutelage.corpora.formats.xml.elements import Element, Stretch, escaped
from tutelage.corpora.formats.xml.entries import Entry, KeyedXml, Text
from tutelage.corpora.formats.xml.inline import Inline, InlineRules, Numbers, read_inline, write_inline
from tutelage.corpora.formats.xml.targets import refilled
from tutelage.corpora.rows import Languages

RULES = InlineRules(
    roles=dict.fromkeys(
        ("a", "annotation", "b", "big", "cite", "del", "div", "em", "font", "i", "li", "marquee", "p", "small", "span",
         "strike", "strong", "sub", "sup", "tt", "u", "ul"),
        "around",
    ),
    ids=("id",),
)  # fmt: skip
"""Styles are around text; an `xliff:g` is what must not be translated, and so code."""
_ESCAPE = re.compile(r'\\u([0-9a-fA-F]{4})|\\(.)|(")|(\s+)', re.DOTALL)
_SIGNS = {"n": "\n", "t": "\t", "r": "\r"}
_REFERENCE = re.compile(r"[@?](?:\+?[\w.]+:)?[\w.]+/[\w.]+|@null|@empty")


class AndroidStrings(KeyedXml):
    """Reads and fills `resources`."""

    root, whole, kind = "resources", frozenset({"string", "plurals", "string-array"}), "a strings.xml of Android"

    def entry(self, stretch: Stretch, languages: Languages, numbers: Numbers) -> Entry:
        """A string, the forms of a plural, or the items of an array."""
        element = stretch.element
        assert element is not None
        return Entry(stretch, list(_texts(stretch, element, languages, numbers)))

    def rewrite(self, entry: Entry, markup: Mapping[int, Filled]) -> bytes:
        """The texts in their places, and plural forms that were not there behind the others."""
        edits = []
        nodes = [text.node for text in entry.texts if text.node is not None]
        for place, filled in markup.items():
            text = entry.texts[place]
            node = text.node or nodes[-1]
            content = _written(filled.text, text.inline, node, entry.stretch)
            if text.node is not None:
                edits.append(refilled(entry.stretch, node, content))
            else:
                before = entry.stretch.decode(0, nodes[0].start)
                space = before[len(before.rstrip()) :]
                item = f'{space}<item quantity="{text.unit.form}">{content}</item>'
                edits.append(Edit(node.end, node.end, entry.stretch.encode(item)))
        return edited(entry.stretch.raw, edits)


def _texts(stretch: Stretch, element: Element, languages: Languages, numbers: Numbers) -> Iterator[Text]:
    if element.local_name == "string":
        yield _text(stretch, element, element, "", "", numbers)
    elif element.local_name == "plurals":
        items = {item.attributes.get("quantity", ""): item for item in element.all("item")}
        for form, item in items.items():
            yield _text(stretch, element, item, "", form, numbers)
        wanted = plural_categories(languages.target) if languages.target and "other" in items else ()
        for form in wanted:
            if form not in items:
                text = _text(stretch, element, items["other"], "", form, numbers)
                yield Text(text.unit, text.inline, None)
    else:
        for place, item in enumerate(element.all("item")):
            yield _text(stretch, element, item, f"[{place}]", "", numbers)


def _text(stretch: Stretch, element: Element, node: Element, place: str, form: str, numbers: Numbers) -> Text:
    inline = read_inline(node, stretch, RULES, numbers)
    text = unescape(inline.text, keeps_quotes=node.has_cdata)
    unit = Unit(
        source=text,
        key=element.attributes.get("name", "") + place,
        form=form,
        notes=stretch.comments,
        is_translatable=element.attributes.get("translatable") != "false"
        and not node.is_empty_tag
        and _REFERENCE.fullmatch(inline.text.strip()) is None,
        line=node.line,
    )
    return Text(unit, inline, node)


def unescape(text: str, *, keeps_quotes: bool = False) -> str:
    r"""The text as a screen shows it: escapes resolved, white space outside quotation marks joined and trimmed.

    With `keeps_quotes` all of it is as if quoted, marks and all: markup in CDATA has quotation marks of its own.
    """
    pieces: list[str] = []
    quoted = keeps_quotes
    end = 0
    for match in _ESCAPE.finditer(text):
        pieces.append(text[end : match.start()])
        end = match.end()
        code, sign, quote, space = match.groups()
        if code:
            pieces.append(chr(int(code, 16)))
        elif sign:
            pieces.append(_SIGNS.get(sign, sign))
        elif quote and keeps_quotes:
            pieces.append(quote)
        elif quote:
            quoted = not quoted
        else:
            pieces.append(space if quoted else " " if match.start() and end < len(text) else "")
    return "".join((*pieces, text[end:]))


def escape(text: str) -> str:
    r"""The text with what Android would read otherwise escaped; the end of a line is `\n`."""
    for sign in ("\\", "'", '"'):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n").replace("\t", "\\t")


def _written(text: str, inline: Inline, node: Element, stretch: Stretch) -> str:
    if node.has_cdata and not inline.markup:
        content = escape(text).replace("]]>", "]]]]><![CDATA[>")
        if '\\"' not in stretch.decode(node.inner, node.inner_end):
            content = content.replace('\\"', '"')
        return f"<![CDATA[{content}]]>"
    content = write_inline(text, inline, lambda piece: escaped(escape(piece)))
    if text[:1] in ("@", "?"):
        content = f"\\{content}"
    return f'"{content}"' if text != text.strip(" ") or "  " in text else content
