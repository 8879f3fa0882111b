"""Catalogues of Qt Linguist (`.ts`): a message is untranslated, unfinished or finished, and may have numerus forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from tutelage.core.errors import CorpusError
from tutelage.core.plurals import plural_forms, read_plural_forms
from tutelage.core.protection.spans import FlaggedText
from tutelage.corpora.bad_lines import BadLine
from tutelage.corpora.formats.units import Block, Edit, Filled, State, Unit, UnitFormat, edited
from tutelage.corpora.formats.xml.elements import Element, Stretch, escaped, with_attributes
from tutelage.corpora.formats.xml.inline import Inline, InlineRules, Numbers, read_inline, write_inline
from tutelage.corpora.formats.xml.languages import check_language
from tutelage.corpora.formats.xml.stretches import read_stretches
from tutelage.corpora.formats.xml.targets import refilled, with_target
from tutelage.corpora.rows import Languages

RULES = InlineRules(roles={})
"""A `byte` is the one inline element, and code."""
FRAMEWORKS = frozenset({"qt"})
UNFINISHED = "unfinished"
_GONE = frozenset({"obsolete", "vanished"})
_NOTES = ("comment", "extracomment", "translatorcomment")


class QtLinguist(UnitFormat):
    """Streams messages. What is filled stays unfinished; the language is added where the file does not say it."""

    def blocks(self, path: Path | str, *, languages: Languages) -> Iterator[Block]:
        """A block for each message; those that the program no longer has are not translated."""
        context, is_qt = "", False
        tags = frozenset({"TS", "context"})
        for stretch in read_stretches(path, whole=frozenset({"name", "message"}), tags=tags):
            element = stretch.element
            if element is None or stretch.part == "foot":
                yield Block(stretch.raw)
            elif element.local_name == "TS":
                is_qt = True
                yield Block(_with_language(stretch, element, path, languages))
            elif element.local_name == "message":
                yield _block(stretch, element, context, path, languages)
            else:
                context = element.text if element.local_name == "name" else ""
                yield Block(stretch.raw)
        if not is_qt:
            what = "this is not a catalogue of Qt, whose first element is 'TS'."
            raise CorpusError(what, where=str(path), fix="TypeScript has this suffix too; give a file of Qt Linguist.")


def _with_language(stretch: Stretch, element: Element, path: Path | str, languages: Languages) -> bytes:
    where = f"{path}:{element.line}"
    if stated := element.attributes.get("sourcelanguage"):
        check_language(stated, languages.source, side="source", where=where)
    if stated := element.attributes.get("language"):
        check_language(stated, languages.target, side="target", where=where)
    elif languages.target:
        tag = with_attributes(stretch.decode(0, len(stretch.raw)), language=languages.target.replace("-", "_"))
        return stretch.encode(tag)
    return stretch.raw


def _block(stretch: Stretch, element: Element, context: str, path: Path | str, languages: Languages) -> Block:
    source, translation = element.first("source"), element.first("translation")
    if source is None:
        if element.attributes.get("id"):  # texts by id alone have their source in the program
            return Block(stretch.raw)
        return Block(stretch.raw, bad=(BadLine(str(path), element.line, "a message without a source"),))
    numbers = Numbers()
    inline = read_inline(source, stretch, RULES, numbers)
    forms: list[Element | str | None] = (
        [None] if element.attributes.get("numerus") != "yes" else _forms(translation, languages)
    )
    units = tuple(
        _unit(stretch, element, context, inline, translation if form is None else form, place, numbers)
        for place, form in enumerate(forms)
    )
    render = partial(_render, stretch, source, inline, translation, forms)
    return Block(stretch.raw, units, render)


def _forms(translation: Element | None, languages: Languages) -> list[Element | str | None]:
    """The numerus forms that there are, and empty ones for those that the language has besides."""
    there: list[Element | str | None] = list(translation.all("numerusform")) if translation is not None else []
    wanted = read_plural_forms(plural_forms(languages.target)).count if languages.target else 1
    return [*there, *[""] * (wanted - len(there))]


def _unit(
    stretch: Stretch,
    element: Element,
    context: str,
    source: Inline,
    target: Element | str | None,
    place: int,
    numbers: Numbers,
) -> Unit:
    translation = element.first("translation")
    kind = "" if translation is None else translation.attributes.get("type", "")
    text = read_inline(target, stretch, RULES, numbers).text if isinstance(target, Element) else ""
    state: State = "untranslated" if not text.strip() else "review" if kind == UNFINISHED else "final"
    return Unit(
        source=FlaggedText(source.text, FRAMEWORKS),
        target=text,
        state=state,
        key=element.attributes.get("id", ""),
        form=str(place) if element.attributes.get("numerus") == "yes" else "",
        context=context,
        notes=tuple(note.text for name in _NOTES for note in element.all(name)),
        is_translatable=kind not in _GONE,
        line=element.line,
    )


def _render(
    stretch: Stretch,
    source: Element,
    inline: Inline,
    translation: Element | None,
    forms: list[Element | str | None],
    filled: Mapping[int, Filled],
) -> bytes:
    markup = {place: write_inline(one.text, inline, _escaped) for place, one in filled.items()}
    if forms == [None]:
        edits = [with_target(stretch, source, translation, markup[0], name="translation", type=UNFINISHED)]
    elif translation is not None and all(isinstance(form, Element) for form in forms):
        tag = with_attributes(stretch.decode(translation.start, translation.inner), type=UNFINISHED)
        edits = [Edit(translation.start, translation.inner, stretch.encode(tag))]
        edits += [
            refilled(stretch, form, markup[place])
            for place, form in enumerate(forms)
            if isinstance(form, Element) and place in markup
        ]
    else:
        whole = _numerus(stretch, source, forms, markup)
        edits = [with_target(stretch, source, translation, whole, name="translation", type=UNFINISHED)]
    return edited(stretch.raw, edits)


def _numerus(stretch: Stretch, source: Element, forms: list[Element | str | None], markup: Mapping[int, str]) -> str:
    """All the forms, each on a line of its own, as Qt's tools write them."""
    before = stretch.decode(0, source.start)
    space = before[len(before.rstrip()) :]
    texts = [
        markup.get(place, stretch.decode(form.inner, form.inner_end) if isinstance(form, Element) else "")
        for place, form in enumerate(forms)
    ]
    return "".join(f"{space}    <numerusform>{text}</numerusform>" for text in texts) + space


def _escaped(text: str) -> str:
    """Qt's tools write quotation marks as entities too."""
    return escaped(text).replace('"', "&quot;").replace("'", "&apos;")
