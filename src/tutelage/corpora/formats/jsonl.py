"""JSON Lines: one object a line, whose fields hold source, target and anything else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tutelage.corpora.bad_lines import BadLine
from tutelage.corpora.files import decoded, quoted, read_lines, written_whole
from tutelage.corpora.filling import Filling, Translate, with_translations
from tutelage.corpora.json_text import parse_object
from tutelage.corpora.rows import FieldNames, Languages, Row, row_from_fields, source_of


class JsonLines:
    """Reads and writes objects, keeping the fields it does not know."""

    def read(self, path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
        """One row for each line that is not blank."""
        yield from _rows(path, names=names, languages=languages)

    def fill(
        self, path: Path | str, out: Path | str, translate: Translate, *, names: FieldNames, filling: Filling
    ) -> int:
        """The same objects with the field `filling.target` set."""
        count = 0
        with written_whole(out) as stream:
            rows = filling.allowed.counted(path, _rows(path, names=names, languages=Languages("")))
            for row, translation in with_translations(rows, translate, text_of=source_of, losses=filling.losses):
                stream.write(_filled(row, filling.target, translation) + b"\n")
                count += 1
        return count


def _rows(path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            yield row_from_fields(number, parse_object(decoded(line)), names=names, languages=languages)
        except ValueError as error:
            yield BadLine(str(path), number, str(error), raw=quoted(line))


def _filled(row: Row | BadLine, target: str, translation: str) -> bytes:
    """The object with its translation; nothing for a bad line."""
    if isinstance(row, BadLine):
        return b""
    return json.dumps({**row.fields, target: translation}, ensure_ascii=False).encode()
