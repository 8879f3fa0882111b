"""Plain text: one segment a line, in one language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tutelage.core.errors import CorpusError
from tutelage.corpora.bad_lines import BadLine
from tutelage.corpora.files import decoded, quoted, read_lines, written_whole
from tutelage.corpora.filling import Filling, Translate, with_translations
from tutelage.corpora.rows import FieldNames, Languages, Row, source_of


class PlainText:
    """Reads and writes lines; a blank line is a blank segment, so that line numbers stay aligned."""

    def read(self, path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
        """One row for each line; a line cannot hold a pair."""
        del names
        if languages.target:
            raise CorpusError(
                "plain text holds one language, but pairs of source and target are needed.",
                where=str(path),
                fix="Give TSV, JSON Lines, Parquet, PO or gettext JSON.",
            )
        yield from _rows(path)

    def fill(
        self, path: Path | str, out: Path | str, translate: Translate, *, names: FieldNames, filling: Filling
    ) -> int:
        """The translations, one a line; line breaks inside a translation become spaces."""
        del names
        count = 0
        rows = filling.allowed.counted(path, _rows(path))
        with written_whole(out) as stream:
            for _, translation in with_translations(rows, translate, text_of=source_of, losses=filling.losses):
                stream.write(" ".join(translation.splitlines()).encode() + b"\n")
                count += 1
        return count


def _rows(path: Path | str) -> Iterator[Row | BadLine]:
    for number, line in enumerate(read_lines(path), start=1):
        try:
            yield Row(number=number, source=decoded(line))
        except ValueError as error:
            yield BadLine(str(path), number, str(error), raw=quoted(line))
