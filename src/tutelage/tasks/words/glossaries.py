"""Glossaries from their files: tables of words and translations, TBX, or any bilingual text format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.corpora.files import decoded, plain_name, read_lines
from tutelage.corpora.reading import read_pairs
from tutelage.corpora.rows import FieldNames, Languages, is_header
from tutelage.evaluation.terms import Term, split_term_words
from tutelage.tasks.words.tbx import read_tbx

TABLES, TBX = {".tsv", ".txt", ".tab"}, {".tbx", ".xml"}


def read_glossary(path: Path | str, *, direction: Direction) -> tuple[Term, ...]:
    """Every word with every translation, each pair once, in the order of the file.

    A table has the word, a tab, and one or more translations, each in a column of its own; a first line that names its
    columns is left out. CorpusError with file, line and reason if a line is bad, or if there is no term.
    """
    terms = tuple(dict.fromkeys(_read(path, direction)))
    if not terms:
        raise CorpusError(f"the glossary has no term for {direction}.", where=str(path), fix="Check its languages.")
    return terms


def _read(path: Path | str, direction: Direction) -> Iterator[Term]:
    suffix = Path(plain_name(path)).suffix.lower()
    if suffix in TBX:
        yield from read_tbx(path, direction=direction)
    elif suffix in TABLES:
        yield from _read_table(path, direction)
    else:
        for pair in read_pairs(path, direction=direction):
            yield Term(pair.source.text.strip(), pair.target.text.strip())


def _read_table(path: Path | str, direction: Direction) -> Iterator[Term]:
    languages = Languages(direction.source, direction.target)
    for number, line in enumerate(read_lines(path), start=1):
        columns = _columns(path, number, line)
        if number == 1 and is_header(columns, names=FieldNames(), languages=languages):
            continue
        if any(columns):
            yield from _terms(path, number, columns)


def _columns(path: Path | str, number: int, line: bytes) -> list[str]:
    try:
        return [column.strip() for column in decoded(line).split("\t")]
    except ValueError as error:
        raise CorpusError(f"{error}.", where=f"{path}:{number}", fix="Convert the file to UTF-8.") from None


def _terms(path: Path | str, number: int, columns: list[str]) -> Iterator[Term]:
    word, translations = columns[0], [column for column in columns[1:] if column]
    if not split_term_words(word) or not translations:
        missing = "translation" if split_term_words(word) else "word"
        shown = " ".join(columns)[:60]
        raise CorpusError(
            f"no {missing} in this line: '{shown}'.",
            where=f"{path}:{number}",
            fix="A glossary line is a word, a tab, and its translations with tabs between them.",
        )
    yield from (Term(word, translation) for translation in translations)
