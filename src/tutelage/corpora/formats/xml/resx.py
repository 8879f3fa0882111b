"""Resources of .NET (`.resx`): entries by name, with a comment; images and settings of forms are left alone."""

from __future__ import annotations

from collections.abc import Mapping

from tutelage.corpora.formats.units import Filled, Unit, edited
from tutelage.corpora.formats.xml.elements import Stretch
from tutelage.corpora.formats.xml.entries import Entry, KeyedXml, Text
from tutelage.corpora.formats.xml.inline import InlineRules, Numbers, read_inline, write_inline
from tutelage.corpora.formats.xml.targets import refilled
from tutelage.corpora.rows import Languages

RULES = InlineRules(roles={})
READ_OF_FORMS = (".Text", ".AccessibleName", ".AccessibleDescription")
"""What people read of a form itself: `$this.Text` is its title; `$this.Language` and the like are settings."""


class Resx(KeyedXml):
    """Reads and fills `data`."""

    root, whole, kind = "root", frozenset({"data"}), "a .resx file of .NET"
    indentation = "  "

    def entry(self, stretch: Stretch, languages: Languages, numbers: Numbers) -> Entry:
        """The one text of an entry, or none if it is an object of another type."""
        del languages
        element = stretch.element
        assert element is not None
        value, comment = element.first("value"), element.first("comment")
        name = element.attributes.get("name", "")
        is_setting = name.startswith(">>") or (name.startswith("$") and not name.endswith(READ_OF_FORMS))
        is_text = not {"type", "mimetype"} & element.attributes.keys() and not is_setting
        if value is None or not is_text:
            return Entry(stretch, ())
        inline = read_inline(value, stretch, RULES, numbers)
        notes = (comment.text,) if comment is not None else ()
        unit = Unit(inline.text, key=name, notes=notes, is_translatable=not value.is_empty_tag, line=element.line)
        return Entry(stretch, [Text(unit, inline, value)])

    def rewrite(self, entry: Entry, markup: Mapping[int, Filled]) -> bytes:
        """The value replaced."""
        values = [
            (text.node, text.inline, markup[place].text) for place, text in enumerate(entry.texts) if place in markup
        ]
        return edited(
            entry.stretch.raw,
            [refilled(entry.stretch, node, write_inline(text, inline)) for node, inline, text in values if node],
        )
