"""YAML of texts by keys, such as Rails' locales: every string is a text, and the language stands at the top."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from tutelage.core.plurals import CATEGORIES, plural_categories
from tutelage.corpora.columns import language_of_column
from tutelage.corpora.formats.keyed import Entry, KeyedFormat, KeyedText, TextEdit, no_such_file, put_below, with_lists

SEPARATOR = "\x1f"
"""Between the names of a nested key, inside here."""
_STRING, _NULL = "tag:yaml.org,2002:str", "tag:yaml.org,2002:null"
_FORMS = frozenset(CATEGORIES)
_SYMBOL = re.compile(r":[a-z_]\w*")
"""A name in Ruby, such as `:year`, and no text."""
_PROPERTIES = re.compile(r"(?:[&!]\S*\s*)+")


class KeyedYaml(KeyedFormat):
    """Texts by keys; the file's own language is no part of a key, so that `en.yml` and `pt-BR.yml` have the same."""

    frameworks = frozenset({"ruby"})
    what = "YAML of texts by keys"

    def entries(self, text: str, path: Path | str) -> Iterator[Entry]:
        """Every string and every null; an alias is read where its anchor stands."""
        root = self._composed(text, path)
        if root is None:
            return
        if not isinstance(root, yaml.MappingNode):
            raise no_such_file(self.what, "it has no keys at its top", path)
        for names, node in _strings(root):
            value = "" if node.tag == _NULL else node.value  # `~` is what is not translated yet
            end = _end(text, node)
            start = _begin(text, node, end)
            form = names[-1] if names[-1] in _FORMS else ""
            yield Entry(SEPARATOR.join(_without_language(root, names)), value, start, end, form=form)

    def literal(self, text: str, entry: Entry, file: KeyedText) -> str:
        """In the style of the text that it replaces, or in quotes."""
        old = file.text[entry.start : entry.end]
        if old.startswith(("|", ">")):
            return _as_block(text, old)
        begin = "" if old or file.text[entry.start - 1 : entry.start] in ("", " ") else " "
        return begin + _as_scalar(text, old)

    def expanded(self, entries: Sequence[Entry], lang: str) -> list[Entry]:
        """With the plural forms of the language, whose source is that of `other`."""
        known, found = {entry.key for entry in entries}, list[Entry]()
        for entry in entries:
            found.append(entry)
            base, _, form = entry.key.rpartition(SEPARATOR)
            if lang and form == "other" and f"{base}{SEPARATOR}one" in known:
                more = (one for one in plural_categories(lang) if f"{base}{SEPARATOR}{one}" not in known)
                found += [replace(entry, key=f"{base}{SEPARATOR}{one}", form=one) for one in more]
        return found

    def marked(self, file: KeyedText, lang: str) -> list[TextEdit]:
        """The language at the top."""
        root = yaml.compose(file.text, Loader=yaml.SafeLoader)
        if isinstance(root, yaml.MappingNode) and (key := _language_key(root)) is not None:
            return [TextEdit(key.start_mark.index, key.end_mark.index, lang)]
        return []

    def insertions(
        self, target: KeyedText, source: KeyedText, missing: Mapping[str, str], wanted: Sequence[Entry]
    ) -> dict[int, str]:
        """Lines behind the last one of their mapping, which is made if the target lacks it."""
        del wanted
        root = yaml.compose(target.text, Loader=yaml.SafeLoader)
        places = dict[int, str]()
        if not isinstance(root, yaml.MappingNode):
            return places
        texts = _top(yaml.compose(source.text, Loader=yaml.SafeLoader))
        if (empty := _language_key(root, yaml.ScalarNode)) and root.value[0][1].tag == _NULL:
            if root.value[0][1].value:
                return places  # a `~` stands where a line would have to
            place = _line_end(target.text, _end(target.text, root.value[0][1]))
            lines = _lines(_tree_of(missing, texts), empty.start_mark.column + 2)
            return {place: lines if target.text[place - 1] == "\n" else "\n" + lines}
        for node, tree in _new_members(_top(root), missing, texts):
            place = _line_end(target.text, _end(target.text, node.value[-1][1]))
            lines = _lines(tree, node.value[0][0].start_mark.column)
            begin = "" if place == 0 or target.text[place - 1] == "\n" else "\n"
            places[place] = places.get(place, "") + begin + lines
        return places

    def _composed(self, text: str, path: Path | str) -> Any:
        try:
            return yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or str(error).splitlines()[0]
            raise no_such_file(self.what, reason, path, text, mark.index if mark else -1) from None
        except RecursionError:
            raise no_such_file(self.what, "it is nested too deep", path) from None


def _strings(
    node: Any, names: tuple[str, ...] = (), seen: set[int] | None = None
) -> Iterator[tuple[tuple[str, ...], Any]]:
    seen = set() if seen is None else seen
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        is_symbol = node.style is None and _SYMBOL.fullmatch(node.value)
        if node.tag in (_STRING, _NULL) and names and not is_symbol:
            yield names, node
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield from _strings(value, (*names, key.value), seen)
    else:
        for number, value in enumerate(node.value):
            yield from _strings(value, (*names, str(number)), seen)


def _language_key(root: Any, holds: type[Any] = yaml.MappingNode) -> Any:
    """The only key at the top, if it is a language with such a value."""
    if len(root.value) == 1 and isinstance(root.value[0][1], holds):
        key = root.value[0][0]
        if isinstance(key, yaml.ScalarNode) and language_of_column(key.value) is not None:
            return key
    return None


def _top(root: Any) -> Any:
    """The mapping of the texts, below the language if that stands at the top."""
    language = _language_key(root)
    return root if language is None else next(value for key, value in root.value if key is language)


def _without_language(root: Any, names: tuple[str, ...]) -> tuple[str, ...]:
    return names[1:] if _language_key(root) is not None and len(names) > 1 else names


def _begin(text: str, node: Any, end: int) -> int:
    """Where a value begins, behind its anchor and tag: an alias elsewhere needs the one, its type is the other."""
    start: int = node.start_mark.index
    properties = _PROPERTIES.match(text, start, end)
    if properties is None:
        return start
    return properties.end() if properties.end() < end else start + len(properties[0].rstrip())


def _end(text: str, node: Any) -> int:
    """Where a value ends, without the blank lines and comments that the parser counts to blocks and collections."""
    end: int = node.end_mark.index
    if isinstance(node, yaml.ScalarNode):
        if node.style not in ("|", ">"):
            return end
        content = text[node.start_mark.index : end]
        return int(node.start_mark.index) + len(content.rstrip())
    if node.value and not node.flow_style:
        last = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
        return _end(text, last)
    return end


def _line_end(text: str, place: int) -> int:
    line = text.find("\n", place)
    return len(text) if line < 0 else line + 1


def _as_scalar(text: str, old: str) -> str:
    if old.startswith("'"):
        if "\n" not in text:
            return "'" + text.replace("'", "''") + "'"
    elif not old.startswith('"') and _is_plain(text, in_flow=not re.search(r"[,\[\]{}]", old)):
        return text
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f").replace("\x85", "\\N").replace("\u2028", "\\L")


def _is_plain(text: str, *, in_flow: bool = True) -> bool:
    """Whether the text means itself without quotes, also where it may stand in a flow collection."""
    if not text or re.search(r"\n|: |:$| #|^\s|\s$", text) or (in_flow and re.search(r"[,\[\]{}]", text)):
        return False
    try:
        return bool(yaml.safe_load(f"- {text}") == [text])
    except yaml.YAMLError:
        return False


def _as_block(text: str, old: str) -> str:
    """A block of the same indentation; the header says what becomes of line breaks at its end."""
    header, _, body = old.partition("\n")
    first = next((line for line in body.split("\n") if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip())]
    inner = text.rstrip("\n").replace("\n", "\n\n") if header.startswith(">") else text.rstrip("\n")
    return header + "\n" + "\n".join(indent + line if line else "" for line in inner.split("\n"))


def _length_of(source: Any, names: tuple[str, ...]) -> int | None:
    """How many items the list of these names has; `None` for what is no list."""
    for name in names:
        source = _member(source, name) if isinstance(source, yaml.MappingNode) else None
    return len(source.value) if isinstance(source, yaml.SequenceNode) else None


def _tree_of(missing: Mapping[str, str], source: Any) -> dict[str, Any]:
    """All the new texts, for a target that has none."""
    tree = dict[str, Any]()
    for key, text in missing.items():
        put_below(tree, key.split(SEPARATOR), text)
    return with_lists(tree, partial(_length_of, source))


def _new_members(top: Any, missing: Mapping[str, str], source: Any) -> list[tuple[Any, dict[str, Any]]]:
    """For each mapping of the target that lacks something: the mapping, and what it lacks as a tree."""
    found = dict[int, tuple[Any, dict[str, Any]]]()
    leading = dict[int, tuple[str, ...]]()
    for key, text in missing.items():
        names, node = key.split(SEPARATOR), top
        while len(names) > 1 and isinstance(below := _member(node, names[0]), yaml.MappingNode):
            node, names = below, names[1:]
        if not isinstance(node, yaml.MappingNode) or node.flow_style or not node.value or _member(node, names[0]):
            continue  # a list, an empty or a flow mapping, or another kind of value: no line can be added there
        leading[id(node)] = tuple(key.split(SEPARATOR)[: -len(names)])
        put_below(found.setdefault(id(node), (node, {}))[1], names, text)
    whole = [
        (node, with_lists(tree, partial(_length_of, source), leading[place])) for place, (node, tree) in found.items()
    ]
    return [one for one in whole if one[1]]


def _member(node: Any, name: str) -> Any:
    return next((value for key, value in node.value if key.value == name), None)


def _lines(tree: Mapping[str, Any], indent: int) -> str:
    lines = []
    for name, value in tree.items():
        key = name if _is_plain(name) else json.dumps(name, ensure_ascii=False)
        if isinstance(value, str):
            lines.append(f"{' ' * indent}{key}: {_as_scalar(value, '')}\n")
        elif isinstance(value, list):
            items = "".join(f"{' ' * indent}- {_as_scalar(one, '')}\n" for one in value)
            lines.append(f"{' ' * indent}{key}:\n{items}")
        else:
            lines.append(f"{' ' * indent}{key}:\n{_lines(value, indent + 2)}")
    return "".join(lines)
