"""A feedback store as a text: what people corrected and what is accepted of it.

The output that somebody corrected is not given as a draft: the student may be right by now, and is asked anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.languages import Direction, same_language
from tutelage.corpora.bad_lines import BadLine
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.files import STANDARD_STREAM
from tutelage.corpora.filling import Filling, Translate
from tutelage.corpora.rows import Languages, Row
from tutelage.storage.feedback.store import Stored, iterate_agreed


class FeedbackText:
    """Reads a store; what a server writes is not written here."""

    def read(self, path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
        """One row for each source that somebody corrected; each is a document of its own."""
        del names
        if str(path) == STANDARD_STREAM:
            raise CorpusError("a feedback store is a file.", where=str(path), fix="Give its path.")
        for stored in iterate_agreed(path):
            if _is_of(stored.correction.direction, languages):
                yield _row(stored, languages)

    def fill(
        self, path: Path | str, out: Path | str, translate: Translate, *, names: FieldNames, filling: Filling
    ) -> int:
        """UsageError: there is nothing to fill."""
        del out, translate, names, filling
        raise UsageError(
            "a feedback store is read by runs, and not translated.",
            where=str(path),
            fix="See what it holds with: tutelage feedback list",
        )


def _is_of(direction: Direction, languages: Languages) -> bool:
    return same_language(direction.source, languages.source) and (
        not languages.target or same_language(direction.target, languages.target)
    )


def _row(stored: Stored, languages: Languages) -> Row:
    correction = stored.correction
    return Row(
        number=stored.id,
        source=correction.source,
        target=correction.correction if languages.target else None,
        id=f"feedback-{stored.id}",
        document=f"feedback-{stored.id}",
        fields={"who": correction.who, "made": stored.made, "student": correction.student},
    )
