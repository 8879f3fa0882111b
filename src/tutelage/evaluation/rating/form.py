"""The form in which a rater rates: one HTML file that needs no network, keeps what was entered, and gives it as CSV.

The page may fetch nothing (its own policy forbids it), every text reaches it as data and is set as text, and it holds
no name of a system.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING

from tutelage.evaluation.pages import open_templates
from tutelage.evaluation.rating.blinding import BlindItem, BlindText
from tutelage.evaluation.rating.rubric import CRITERIA
from tutelage.evaluation.rating.sheets import COLUMNS
from tutelage.evaluation.report import show_controls

if TYPE_CHECKING:
    from jinja2 import Template


def render_form(ordered: Sequence[tuple[BlindItem, Sequence[BlindText]]], *, rater: str, fingerprint: str) -> str:
    """The page of one rater, its items and texts in the order given."""
    items = [
        {
            "item": item.number,
            "source": show_controls(item.source),
            "texts": [{"letter": text.letter, "text": show_controls(text.text)} for text in texts],
        }
        for item, texts in ordered
    ]
    data = {
        "rater": rater,
        "store": f"tutelage-ratings:{fingerprint}:{rater}",
        "columns": COLUMNS,
        "criteria": [asdict(criterion) for criterion in CRITERIA],
        "items": items,
    }
    return _template().render(rater=rater, criteria=CRITERIA, data=embed_json(data))


def embed_json(value: object) -> str:
    """JSON that may stand inside a script element: nothing in it can end the element or open a comment."""
    text = json.dumps(value, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@cache
def _template() -> Template:
    return open_templates("tutelage.evaluation.rating").get_template("form.html.j2")
