"""Apple's `.stringsdict`: the plural forms of texts, in a property list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tutelage.core.errors import CorpusError
from tutelage.core.plurals import CATEGORIES, plural_categories
from tutelage.core.protection.spans import FlaggedText
from tutelage.corpora.formats.units import Block, Edit, Filled, State, Unit, UnitFormat, edited
from tutelage.corpora.formats.xml.elements import Element, Stretch, escaped
from tutelage.corpora.formats.xml.stretches import read_stretches
from tutelage.corpora.rows import Languages

_OBJC = frozenset({"objc"})


@dataclass(frozen=True, slots=True)
class _Form:
    """A plural form of one variable of one text."""

    item: str
    variable: str
    form: str
    node: Element | None
    """Its text; `None` if the file lacks it."""
    last: Element
    """The text of the form `other`, behind which the others stand."""
    before: str
    """The white space before that form's key."""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.item, self.variable, self.form


class AppleStringsdict(UnitFormat):
    """Fills forms in place; of a target's file, those of the texts that it has, and whole texts at its end."""

    has_one_language = True

    def blocks(self, path: Path | str, *, languages: Languages) -> Iterator[Block]:
        """The first `dict` is one block."""
        source = _only_list(languages.source_file) if languages.source_file else None
        found = False
        for stretch in read_stretches(path, whole=frozenset({"dict"}), tags=frozenset({"plist"})):
            if stretch.element is None or stretch.part != "whole":
                yield Block(stretch.raw)
                continue
            found = True
            yield _block(stretch, source, languages.target)
        if not found:
            raise _no_list(path)


def _block(stretch: Stretch, source: Stretch | None, lang: str) -> Block:
    own = list(_forms(stretch, lang))
    if source is None:
        units = tuple(_unit(form, form.last if form.node is None else form.node, "") for form in own)
        return Block(stretch.raw, units, partial(_rendered, stretch, own))
    texts = {form.key: form for form in _forms(source, lang)}
    kept = [form for form in own if form.key in texts]
    there = {form.item for form in own}
    missing = [form for form in texts.values() if form.item not in there]
    units = tuple(
        _unit(form, texts[form.key].node or texts[form.key].last, form.node.text if form.node else "") for form in kept
    )
    units += tuple(_unit(form, form.node or form.last, "") for form in missing)
    return Block(stretch.raw, units, partial(_rendered_with_new, stretch, source, kept, missing))


def _unit(form: _Form, source: Element, target: str) -> Unit:
    state: State = "final" if target.strip() else "untranslated"
    text = FlaggedText(source.text, _OBJC)
    return Unit(text, target, state, f"{form.item}/{form.variable}", form.form, line=source.line)


def _rendered(stretch: Stretch, forms: list[_Form], filled: Mapping[int, Filled]) -> bytes:
    return edited(stretch.raw, _edits(stretch, forms, filled))


def _edits(stretch: Stretch, forms: list[_Form], filled: Mapping[int, Filled]) -> list[Edit]:
    edits = []
    for place, one in filled.items():
        form, text = forms[place], escaped(one.text)
        if form.node is not None:
            content = stretch.encode(f"<string>{text}</string>")
            edits.append(Edit(form.node.start, form.node.end, content))
        else:
            new = f"{form.before}<key>{form.form}</key>{form.before}<string>{text}</string>"
            edits.append(Edit(form.last.end, form.last.end, stretch.encode(new)))
    return edits


def _rendered_with_new(
    stretch: Stretch, source: Stretch, kept: list[_Form], missing: list[_Form], filled: Mapping[int, Filled]
) -> bytes:
    """The target's list with the forms that it lacks, and behind all others the source's texts that it lacks."""
    edits = _edits(stretch, kept, {place: one for place, one in filled.items() if place < len(kept)})
    new = {place - len(kept): one for place, one in filled.items() if place >= len(kept)}
    wanted = {missing[place].item for place in new}
    content = b""
    for key, value in _pairs(_root(source)):
        if key.text in wanted:
            own = {place: one for place, one in new.items() if missing[place].item == key.text}
            inner = [edit for edit in _edits(source, missing, own) if key.start <= edit.start <= value.end]
            moved = [Edit(edit.start - key.start, edit.end - key.start, edit.content) for edit in inner]
            space = _space_before(source, key)
            text = edited(source.raw[key.start : value.end], moved).decode(source.encoding).replace("\r\n", "\n")
            content += stretch.encode(space + text)
    root = _root(stretch)
    end = len(stretch.raw[: root.inner_end].rstrip())
    return edited(stretch.raw, [*edits, Edit(end, end, content)])


def _forms(stretch: Stretch, lang: str) -> Iterator[_Form]:
    for item, value in _pairs(_root(stretch)):
        for variable, forms in _pairs(value):
            keys = {key.text: (key, text) for key, text in _pairs(forms) if key.text in CATEGORIES}
            if "other" not in keys:
                continue
            last_key, last = keys["other"]
            wanted = [*keys, *(form for form in (plural_categories(lang) if lang else ()) if form not in keys)]
            for form in wanted:
                node = keys[form][1] if form in keys else None
                yield _Form(item.text, variable.text, form, node, last, _space_before(stretch, last_key))


def _pairs(element: Element) -> list[tuple[Element, Element]]:
    """The keys of a `dict` with their values; nothing for another element."""
    if element.local_name != "dict":
        return []
    children = [one for one in element.children if isinstance(one, Element) and not one.name.startswith("#")]
    return list(zip(children[::2], children[1::2], strict=False))


def _root(stretch: Stretch) -> Element:
    if stretch.element is None:
        raise _no_list("")
    return stretch.element


def _space_before(stretch: Stretch, element: Element) -> str:
    before = stretch.decode(0, element.start)
    return before[len(before.rstrip()) :]


def _only_list(path: Path | str) -> Stretch:
    for stretch in read_stretches(path, whole=frozenset({"dict"}), tags=frozenset({"plist"})):
        if stretch.part == "whole":
            return stretch
    raise _no_list(path)


def _no_list(path: Path | str) -> CorpusError:
    return CorpusError(
        "this is not a .stringsdict, a property list of texts.", where=str(path), fix="Give such a file."
    )
