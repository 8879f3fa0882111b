"""The page on which a translator corrects: one HTML file that needs no network, keeps what is entered, and exports it.

The page may fetch nothing (its own policy forbids it), and every text reaches it as data and is set as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from tutelage.core.languages import NAMES, Direction, base_language
from tutelage.core.scripts import is_written_in
from tutelage.core.signatures import content_key
from tutelage.evaluation.pages import open_templates
from tutelage.evaluation.rating.form import embed_json
from tutelage.evaluation.report import show_controls
from tutelage.tasks.review.items import ReviewItem
from tutelage.tasks.review.xliff import TOOL

if TYPE_CHECKING:
    from jinja2 import Template

RIGHT_TO_LEFT = ("Arabic", "Hebrew")
"""Scripts."""


def render_page(items: Sequence[ReviewItem], *, direction: Direction, original: str, student: str) -> str:
    """The whole page; `original` is the name of the text, `student` that of the student."""
    shown = [_item(item) for item in items]
    data = {
        "store": f"tutelage-review:{content_key([(one['id'], one['source'], one['draft']) for one in shown])}",
        "original": original,
        "tool": TOOL,
        "source": _language(direction.source),
        "target": _language(direction.target),
        "items": shown,
    }
    return _template().render(
        original=show_controls(original), student=show_controls(student), direction=direction, data=embed_json(data)
    )


def text_direction(lang: str) -> str:
    """`rtl` or `ltr`."""
    base = base_language(lang)
    return "rtl" if any(is_written_in(base, script=script) for script in RIGHT_TO_LEFT) else "ltr"


def _language(lang: str) -> dict[str, str]:
    return {"lang": lang, "name": NAMES.get(lang, lang), "dir": text_direction(lang)}


def _item(item: ReviewItem) -> dict[str, Any]:
    return {
        "id": item.segment.id,
        "document": item.segment.document,
        "source": item.segment.text,
        "pieces": list(_pieces(item)),
        "draft": item.draft,
        "confidence": None if item.confidence is None else round(item.confidence, 4),
        "protected": [span.text for span in item.protected],
        "matches": [
            {"likeness": round(100 * one.likeness), "source": one.pair.source.text, "target": one.pair.target.text}
            for one in item.matches
        ],
    }


def _pieces(item: ReviewItem) -> Iterator[tuple[str, bool]]:
    """The source in pieces, each with whether it must be kept as it is."""
    text, end = item.segment.text, 0
    for span in item.protected:
        yield show_controls(text[end : span.start]), False
        yield show_controls(span.text), True
        end = span.end
    yield show_controls(text[end:]), False


@cache
def _template() -> Template:
    return open_templates("tutelage.tasks.review").get_template("review.html.j2")
