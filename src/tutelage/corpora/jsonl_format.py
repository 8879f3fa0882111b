"""JSON Lines: one object a line, whose fields hold source, target and anything else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tutelage.core.errors import CorpusError
from tutelage.corpora.files import decoded, quoted, read_lines, written_whole
from tutelage.corpora.filling import Filling, Translate, with_translations
from tutelage.corpora.rows import BadLine, FieldNames, Languages, Row, row_from_fields


class JsonLines:
    """Reads and writes objects, keeping the fields it does not know."""

    def read(self, path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
        """One row for each line that is not blank."""
        for number, line in enumerate(read_lines(path), start=1):
            if not line.strip():
                continue
            try:
                yield row_from_fields(number, _object(line), names=names, languages=languages)
            except ValueError as error:
                yield BadLine(str(path), number, str(error), raw=quoted(line))

    def fill(
        self, path: Path | str, out: Path | str, translate: Translate, *, names: FieldNames, filling: Filling
    ) -> int:
        """The same objects with the field `filling.target` set."""
        count = 0
        with written_whole(out) as stream:
            rows = _good_rows(path, names=names)
            for row, translation in with_translations(rows, translate, text_of=lambda row: row.source):
                filled = {**row.fields, filling.target: translation}
                stream.write(json.dumps(filled, ensure_ascii=False).encode() + b"\n")
                count += 1
        return count


def _object(line: bytes) -> dict[str, Any]:
    """The object of the line; ValueError saying what is wrong with it."""
    try:
        value = json.loads(decoded(line))
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg} at column {error.colno})") from None
    if not isinstance(value, dict):
        raise ValueError(f"a JSON {type(value).__name__}, not an object")
    return value


def _good_rows(path: Path | str, *, names: FieldNames) -> Iterator[Row]:
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            yield row_from_fields(number, _object(line), names=names, languages=Languages(""))
        except ValueError as error:
            raise CorpusError(f"{error}.", where=f"{path}:{number}", fix="Mend or remove the line.") from None
