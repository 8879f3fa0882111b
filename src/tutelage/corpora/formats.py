"""The formats of text that can be read and written, by name and by the suffix of a file."""

from __future__ import annotations

from pathlib import Path

from tutelage.core.errors import CorpusError, UsageError, did_you_mean
from tutelage.core.registry import Registry
from tutelage.corpora.files import STANDARD_STREAM, plain_name
from tutelage.corpora.rows import TextFormat

FORMATS = Registry(
    "text format",
    {
        "text": "tutelage.corpora.text_format:PlainText",
        "tsv": "tutelage.corpora.tsv_format:TabSeparated",
        "jsonl": "tutelage.corpora.jsonl_format:JsonLines",
        "parquet": "tutelage.corpora.parquet_format:ParquetTable",
        "po": "tutelage.corpora.po_format:PoCatalogue",
        "gettext-json": "tutelage.corpora.gettext_json_format:GettextJson",
    },
    group="tutelage.formats",
)

SUFFIXES = {
    ".txt": "text",
    ".text": "text",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".po": "po",
    ".pot": "po",
    ".json": "gettext-json",
}
"""Formats by suffix, after the suffix of compression (`.gz`, `.xz`, `.bz2`) is taken off."""


def has_known_suffix(path: Path | str) -> bool:
    """Whether the file's suffix tells its format."""
    return Path(plain_name(path)).suffix.lower() in SUFFIXES


def format_name(path: Path | str, *, text_format: str | None = None) -> str:
    """The format of the file: the one given, or the one its suffix tells; plain text for standard input."""
    if text_format is not None:
        if text_format not in FORMATS:
            raise UsageError(f"no text format is called '{text_format}'.", fix=did_you_mean(text_format, FORMATS))
        return text_format
    if str(path) == STANDARD_STREAM:
        return "text"
    suffix = Path(plain_name(path)).suffix.lower()
    if suffix not in SUFFIXES:
        shown = f"the suffix '{suffix}' tells no format" if suffix else "a file without a suffix tells no format"
        fix = f"{did_you_mean(suffix, SUFFIXES)} Or name the format: {', '.join(FORMATS)}."
        raise CorpusError(f"{shown}.", where=str(path), fix=fix)
    return SUFFIXES[suffix]


def load_format(path: Path | str, *, text_format: str | None = None) -> TextFormat:
    """The reader and writer for the file."""
    made: TextFormat = FORMATS.load(format_name(path, text_format=text_format))()
    return made
