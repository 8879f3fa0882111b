"""Plain text: one segment a line, in one language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from glob import escape
from itertools import zip_longest
from pathlib import Path

from tutelage.core.errors import CorpusError
from tutelage.core.languages import same_language
from tutelage.corpora.bad_lines import BadLine
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.files import decoded, line_style, plain_name, quoted, read_lines, written_whole
from tutelage.corpora.filling import Filling, Translate, with_translations
from tutelage.corpora.formats.registry import language_of_suffix
from tutelage.corpora.rows import Languages, Row, source_of


class PlainText:
    """Reads and writes lines; a blank line is a blank segment, so that line numbers stay aligned."""

    def read(self, path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
        """One row for each line; pairs are the lines of two files, the source's named or beside this one by its suffix.

        Of `corpus.en` and `corpus.de` either can be given.
        """
        del names
        if not languages.target:
            yield from _rows(path)
            return
        source, target = _two_files(path, languages)
        for one, other in zip_longest(_rows(source), _rows(target)):
            if one is None or other is None:
                fix = "Both must have as many lines."
                raise CorpusError(
                    f"it has fewer lines than {target if one is None else source}.",
                    where=str(source if one is None else target),
                    fix=fix,
                )
            yield one if isinstance(one, BadLine) else _pair(one, other)

    def fill(
        self, path: Path | str, out: Path | str, translate: Translate, *, names: FieldNames, filling: Filling
    ) -> int:
        """The translations, one a line; line breaks inside a translation become spaces."""
        del names
        count, style = 0, line_style(path)
        rows = filling.allowed.counted(path, _rows(path))
        with written_whole(out) as stream:
            stream.write(style.mark)
            for _, translation in with_translations(rows, translate, text_of=source_of, losses=filling.losses):
                stream.write(" ".join(translation.splitlines()).encode() + style.end)
                count += 1
        return count


def _pair(source: Row, target: Row | BadLine) -> Row | BadLine:
    return target if isinstance(target, BadLine) else replace(source, target=target.source)


def _two_files(path: Path | str, languages: Languages) -> tuple[Path | str, Path | str]:
    """The files of the source and of the target."""
    if languages.source_file:
        return languages.source_file, path
    own = language_of_suffix(path)
    if own is not None:
        other = languages.target if same_language(own, languages.source) else languages.source
        name = plain_name(path)
        for beside in sorted(Path(path).parent.glob(escape(Path(name).stem) + ".*")):
            found = language_of_suffix(beside)
            if found is not None and same_language(found, other) and plain_name(beside) != name:
                return (path, beside) if other == languages.target else (beside, path)
    raise CorpusError(
        "plain text holds one language, but pairs of source and target are needed.",
        where=str(path),
        fix="Name the source's text with source_file, or call both by their languages (corpus.en, corpus.de).",
    )


def _rows(path: Path | str) -> Iterator[Row | BadLine]:
    for number, line in enumerate(read_lines(path), start=1):
        try:
            yield Row(number=number, source=decoded(line))
        except ValueError as error:
            yield BadLine(str(path), number, str(error), raw=quoted(line))
