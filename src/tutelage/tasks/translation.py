"""A document translated by a student, in the format it came in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tutelage.core.decoding import Decoding
from tutelage.core.errors import UsageError
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.glossary.protection import with_kept_terms
from tutelage.core.languages import Direction
from tutelage.core.protection.spans import ALL, Protection
from tutelage.core.protocols import Engine, Progress, Silence
from tutelage.corpora.bad_lines import Allowance, BadLineCount
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.files import STANDARD_STREAM, require_folder_of
from tutelage.corpora.filling import Filling, Translate
from tutelage.corpora.formats.registry import format_name, load_format
from tutelage.corpora.losses import Losses, OnLoss
from tutelage.corpora.reading import Reading, read_segments
from tutelage.students.naming import default_decoding, default_terms, open_student


def translate_file(
    path: Path | str,
    out: Path | str = STANDARD_STREAM,
    *,
    student: str,
    direction: Direction,
    text_format: str | None = None,
    source_file: str = "",
    beam_size: int | None = None,
    max_target_tokens: int | None = None,
    engine: str = "auto",
    compute_type: str = "float32",
    retranslate: bool = False,
    bad_lines: float = 0.0,
    protection: Protection | None = ALL,
    on_loss: OnLoss = "fuzzy",
    terms: TermKeeping | None = None,
    progress: Progress | None = None,
) -> int:
    """Write `path` translated by `student` to `out`, whole or not at all; the number of texts in it.

    `-` is standard input and output. Catalogues keep the translations they have unless `retranslate`. With
    `source_file`, `path` is in the target language, and what it lacks is translated from there. Of `bad_lines`,
    the share of unreadable lines that is allowed, each becomes an empty line, and `progress` is told of them.
    What `protection` names comes through whole as far as can be; `on_loss` says what becomes of a translation that
    lacks some all the same, and `progress` is told how many do. `terms` are kept as they say, and how many are is told
    too. What is not said of the search and of terms is greedy and without, or as an exported student says.
    """
    progress = progress or Silence()
    # a wrong path or format is told before the student is loaded
    name = check_document(path, out, text_format=text_format)
    bad = BadLineCount()
    allowed = Allowance(bad_lines, bad)
    _peek(path, Reading(text_format=name, max_bad_share=bad_lines, source_file=source_file), lang=direction.source)
    terms = terms or default_terms(student)
    glossary = None if terms is None else terms.glossary
    opened = open_student(
        student,
        direction=direction,
        engine=engine,
        compute_type=compute_type,
        protection=with_kept_terms(protection, glossary),
        terms=terms,
    )
    given = {"beam_size": beam_size, "max_target_tokens": max_target_tokens}
    decoding = replace(default_decoding(student), **{name: one for name, one in given.items() if one is not None})
    losses = Losses(on_loss, protection=with_kept_terms(ALL, glossary), terms=terms)
    progress.start("student translates", total=None)
    count = translate_document(
        path,
        out,
        translator(opened, decoding=decoding, progress=progress),
        text_format=text_format,
        filling=Filling(
            lang=direction.target,
            source_lang=direction.source,
            source_file=source_file,
            keep_translated=not retranslate,
            allowed=allowed,
            losses=losses,
        ),
    )
    progress.finish("; ".join(filter(None, (bad.note(), losses.note()))))
    return count


def translator(engine: Engine, *, decoding: Decoding, progress: Progress) -> Translate:
    """The engine as a function from sources to translations, each of them told to `progress`."""

    def translate(sources: Iterator[str]) -> Iterator[str]:
        for output in engine.translate(sources, decoding=decoding):
            progress.advance()
            yield output

    return translate


def _peek(path: Path | str, reading: Reading, *, lang: str) -> None:
    """CorpusError if the first text of the document cannot be read; standard input is not touched."""
    if str(path) != STANDARD_STREAM:
        next(read_segments(path, lang=lang, reading=reading), None)


def translate_document(
    path: Path | str,
    out: Path | str,
    translate: Translate,
    *,
    text_format: str | None = None,
    fields: FieldNames | None = None,
    filling: Filling | None = None,
) -> int:
    """Write `path` translated to `out`, whole or not at all, and say how many texts it has.

    Text gets its translations one a line, tables a target column, JSON Lines and Parquet a target field, catalogues
    their empty messages filled. `-` is standard input and output. Lines and tables stream; catalogues are held whole.
    """
    name = check_document(path, out, text_format=text_format)
    return load_format(path, text_format=name).fill(
        path, out, translate, names=fields or FieldNames(), filling=filling or Filling()
    )


def check_document(path: Path | str, out: Path | str, *, text_format: str | None = None) -> str:
    """The document's format; an error if it is not known or `out` cannot be its translation."""
    name = format_name(path, text_format=text_format)
    require_folder_of(out)
    if text_format is None and STANDARD_STREAM not in (str(path), str(out)):
        _check_same_format(name, out)
    return name


def _check_same_format(name: str, out: Path | str) -> None:
    out_name = format_name(out)
    if out_name != name:
        raise UsageError(
            f"the input is {name}, but the output's suffix says {out_name}.",
            where=str(out),
            fix="A document is written in the format it was read in: give the output the input's suffix.",
        )
