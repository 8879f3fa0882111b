"""Items as XLIFF 1.2, for translators with tools of their own: protected spans marked, the draft kept beside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from tutelage.core.languages import Direction
from tutelage.tasks.review.items import ReviewItem

TOOL = "tutelage"
"""The origin of the drafts, in `alt-trans`."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_xliff(items: Sequence[ReviewItem], *, direction: Direction, original: str) -> str:
    """The whole file. Each draft is the target too, in the state `needs-review-translation`, until it is corrected."""
    languages = f'source-language="{direction.source}" target-language="{direction.target}"'
    head = f'<file original={_quoted(original)} {languages} datatype="plaintext" tool-id="{TOOL}">'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2">',
        head,
        f'<header><tool tool-id="{TOOL}" tool-name="Tutelage"/></header>',
        "<body>",
        *(line for item in items for line in _unit(item)),
        "</body>",
        "</file>",
        "</xliff>",
    ]
    return "\n".join(lines) + "\n"


def _unit(item: ReviewItem) -> Iterator[str]:
    yield f'<trans-unit id={_quoted(item.segment.id)} xml:space="preserve">'
    yield f"<source>{''.join(_marked(item))}</source>"
    yield f'<target state="needs-review-translation">{_escaped(item.draft)}</target>'
    for match in item.matches:
        yield f'<alt-trans match-quality="{match.likeness:.0%}" origin="memory">'
        yield f"<source>{_escaped(match.pair.source.text)}</source>"
        yield f"<target>{_escaped(match.pair.target.text)}</target></alt-trans>"
    yield f'<alt-trans origin="{TOOL}" tool-id="{TOOL}"><target>{_escaped(item.draft)}</target></alt-trans>'
    if item.confidence is not None:
        yield f'<note from="{TOOL}">confidence {item.confidence:.0%}</note>'
    yield "</trans-unit>"


def _marked(item: ReviewItem) -> Iterator[str]:
    """The source with what must be kept as it is in a mark of its own."""
    text, end = item.segment.text, 0
    for span in item.protected:
        yield _escaped(text[end : span.start])
        yield f'<mrk mtype="protected">{_escaped(span.text)}</mrk>'
        end = span.end
    yield _escaped(text[end:])


def _escaped(text: str) -> str:
    """A character that XML cannot hold becomes the replacement character."""
    return escape(_NOT_XML.sub("\ufffd", text))


def _quoted(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text))
