"""Mozilla's Fluent: messages and their attributes, each branch of a select by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from tutelage.core.errors import MissingExtraError
from tutelage.corpora.formats.keyed import Entry, KeyedFormat, KeyedText, no_such_file, whole_of

_FIRST = re.compile(r"^[\[*.}{#]")
_LETTER = re.compile(r"[^\W\d_]")


class Fluent(KeyedFormat):
    """Texts by keys; terms named `-brand…` are names and stay."""

    what = "a Fluent file"

    def entries(self, text: str, path: Path | str) -> Iterator[Entry]:
        """Every pattern without a select, and every branch of one."""
        syntax = _syntax()
        resource = syntax.FluentParser().parse(text)
        previous = 0
        for part in resource.body:
            if isinstance(part, syntax.ast.Junk):
                reason = part.annotations[0].message if part.annotations else "it cannot be read"
                raise no_such_file(self.what, reason, path, text, part.span.start)
            if not isinstance(part, syntax.ast.Message | syntax.ast.Term):
                continue
            is_term = isinstance(part, syntax.ast.Term)
            if is_term and part.id.name.startswith("brand"):
                continue
            name = f"-{part.id.name}" if is_term else part.id.name
            whole = whole_of(text, previous, part.span.start, part.span.end)
            previous = whole[1]
            notes = (part.comment.content,) if part.comment else ()
            for key, pattern in _patterns(part, name):
                for place, (start, end) in enumerate(_bare(text, span) for span in _leaves(pattern, syntax.ast)):
                    shown = f"{key}#{place}" if place else key
                    if _LETTER.search(text[start:end]):
                        yield Entry(shown, _as_read(text[start:end]), start, end, *whole, notes=notes)

    def literal(self, text: str, entry: Entry, file: KeyedText) -> str:
        """Lines after the first are indented as they were, and a sign that would mean something is quoted."""
        old = file.text[entry.start : entry.end]
        indent = match.group(1) if (match := re.search(r"\n([ ]+)", old)) else "    "
        lines = [line if place == 0 or not _FIRST.match(line) or line.startswith("{") else f'{{""}}{line}'
                 for place, line in enumerate(text.split("\n"))]  # fmt: skip
        return ("\n" + indent).join(lines)


def _syntax() -> Any:
    try:
        return import_module("fluent.syntax")
    except ModuleNotFoundError as error:
        raise MissingExtraError("fluent.syntax", extra="formats") from error


def _patterns(part: Any, name: str) -> Iterator[tuple[str, Any]]:
    if part.value is not None:
        yield name, part.value
    for attribute in part.attributes:
        yield f"{name}.{attribute.id.name}", attribute.value


def _leaves(pattern: Any, ast: Any) -> Iterator[tuple[int, int]]:
    """The stretches of a pattern between selects, and those of the selects' branches."""
    begun = pattern.span.start
    for element in pattern.elements:
        if isinstance(element, ast.Placeable) and isinstance(element.expression, ast.SelectExpression):
            yield begun, element.span.start
            for variant in element.expression.variants:
                yield from _leaves(variant.value, ast)
            begun = element.span.end
    yield begun, pattern.span.end


def _bare(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """The stretch without the white space around it, which Fluent leaves out of a text."""
    raw = text[slice(*span)]
    return span[0] + len(raw) - len(raw.lstrip()), span[0] + len(raw.rstrip())


def _as_read(raw: str) -> str:
    return re.sub(r"\n[ ]*", "\n", raw)
