"""A translated copy of a document of any format, with everything but the translations kept."""

from __future__ import annotations

from pathlib import Path

from tutelage.core.errors import UsageError
from tutelage.corpora.files import STANDARD_STREAM
from tutelage.corpora.filling import Filling, Translate
from tutelage.corpora.formats import format_name, load_format
from tutelage.corpora.rows import FieldNames


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
    """The document's format; an error where it is not known or `out` cannot be its translation."""
    name = format_name(path, text_format=text_format)
    if str(out) == STANDARD_STREAM:
        return name
    if not Path(out).parent.is_dir():
        raise UsageError(
            "there is no folder to write this file into.", where=str(out), fix="Make the folder, or choose another."
        )
    if text_format is None and str(path) != STANDARD_STREAM:
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
