"""The languages that a file says it is in, and those that were asked for."""

from __future__ import annotations

from collections.abc import Sequence

from tutelage.core.errors import CorpusError
from tutelage.core.languages import base_language, same_language
from tutelage.corpora.bad_lines import shown


def check_language(stated: str, wanted: str, *, side: str, where: str) -> None:
    """CorpusError if the file's language is another than the one asked for; regions do not count."""
    if wanted and not same_language(_tag(stated), wanted):
        raise CorpusError(
            f"the file says its {side} language is '{shown(stated)}', but '{wanted}' was asked for.",
            where=where,
            fix="Ask for the languages of the file, or mend what it says.",
        )


def closest(codes: Sequence[str], wanted: str) -> int | None:
    """The place of the code that is the language wanted: as it is, else without a region on one side; or none."""
    tags = [_tag(code).lower() for code in codes]
    asked, base = wanted.lower(), base_language(wanted).lower()
    for fits in (
        lambda tag: tag == asked,
        lambda tag: tag == base,
        lambda tag: asked == base and base_language(tag) == base,
    ):
        if (found := next((place for place, tag in enumerate(tags) if fits(tag)), None)) is not None:
            return found
    return None


def _tag(code: str) -> str:
    return code.strip().replace("_", "-")
