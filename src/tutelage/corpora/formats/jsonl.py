"""JSON Lines: one object a line, whose fields hold source, target and anything else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tutelage.corpora.bad_lines import BadLine
from tutelage.corpora.columns import NESTED, FieldNames, flat_fields
from tutelage.corpora.files import decoded, line_style, quoted, read_lines, written_whole
from tutelage.corpora.filling import Filling, Translate, with_translations
from tutelage.corpora.json_text import parse_object
from tutelage.corpora.rows import Languages, Row, row_from_fields, source_of, target_field


class JsonLines:
    """Reads and writes objects, keeping the fields it does not know."""

    def read(self, path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
        """One row for each line that is not blank."""
        yield from _rows(path, names=names, languages=languages)

    def fill(
        self, path: Path | str, out: Path | str, translate: Translate, *, names: FieldNames, filling: Filling
    ) -> int:
        """The same objects with the field that holds the target set, or `filling.target` added."""
        count, languages, style = 0, Languages(filling.source_lang), line_style(path)
        with written_whole(out) as stream:
            stream.write(style.mark)
            rows = filling.allowed.counted(path, _rows(path, names=names, languages=languages))
            for row, translation in with_translations(rows, translate, text_of=source_of, losses=filling.losses):
                stream.write(_filled(row, translation, names, filling) + style.end)
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


def _filled(row: Row | BadLine, translation: str, names: FieldNames, filling: Filling) -> bytes:
    """The object with its translation; nothing for a bad line, and what it was if its source is blank."""
    if isinstance(row, BadLine):
        return b""
    languages = Languages(filling.source_lang, filling.lang)
    place = target_field(row.fields, names=names, languages=languages, given=filling.target)
    if not row.source.strip():
        translation = flat_fields(row.fields).get(place) or translation
    nested = row.fields.get(NESTED)
    new = {NESTED: {**nested, place: translation}} if isinstance(nested, dict) else {place: translation}
    return json.dumps({**row.fields, **new}, ensure_ascii=False).encode()
