"""Items as XLIFF 1.2, for translators with tools of their own: protected spans told, the draft kept beside.

Protected spans stand in a note and not in elements of their own (`mrk`): these would make inline tags of placeholders,
which a translator's tool numbers, so that the post-edit would no longer hold what the student has to write.
"""

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
    yield f"<source>{_escaped(item.segment.text)}</source>"
    yield f'<target state="needs-review-translation">{_escaped(item.draft)}</target>'
    # the draft first: readers take the first proposal for what the target was made of
    yield f'<alt-trans origin="{TOOL}" tool-id="{TOOL}"><target>{_escaped(item.draft)}</target></alt-trans>'
    for match in item.matches:
        yield f'<alt-trans match-quality="{match.likeness:.0%}" origin="memory">'
        yield f"<source>{_escaped(match.pair.source.text)}</source>"
        yield f"<target>{_escaped(match.pair.target.text)}</target></alt-trans>"
    if item.protected:
        kept = "  ".join(span.text for span in item.protected)
        yield f'<note from="{TOOL}" annotates="source">keep as it is: {_escaped(kept)}</note>'
    if item.confidence is not None:
        yield f'<note from="{TOOL}">confidence {item.confidence:.0%}</note>'
    yield "</trans-unit>"


def _escaped(text: str) -> str:
    """A character that XML cannot hold becomes the replacement character."""
    return escape(_NOT_XML.sub("\ufffd", text))


def _quoted(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text))
