"""The formats of text that can be read and written, by name and by the suffix of a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import CorpusError, UsageError, did_you_mean
from tutelage.core.languages import NAMES, base_language
from tutelage.core.registry import Registry
from tutelage.corpora.columns import language_of_column
from tutelage.corpora.files import STANDARD_STREAM, plain_name
from tutelage.corpora.rows import TextFormat


@dataclass(frozen=True, slots=True)
class FormatFacts:
    """What is known of a format without loading it."""

    place: str
    """`module:class`, below this package."""
    suffixes: tuple[str, ...]
    """After the suffix of compression (`.gz`, `.xz`, `.bz2`, `.zst`) is taken off."""
    what: str
    languages: str = "two"
    """`two`: source and target stand in one file; `one`: a file holds one, a source file beside it the other."""
    is_told_apart: bool = True
    """Whether a file with the suffix is of this format; if not, or if such files lie beside
    corpora for other reasons, it counts when it is named, but not in a folder."""


FACTS = {
    "text": FormatFacts("text:PlainText", (".txt", ".text"), "plain text, one segment a line", "one"),
    "tsv": FormatFacts("tables:TabSeparated", (".tsv", ".tab"), "tables with tabs"),
    "csv": FormatFacts("tables:CommaSeparated", (".csv",), "tables with commas or semicolons, and quotes"),
    "jsonl": FormatFacts("jsonl:JsonLines", (".jsonl", ".ndjson"), "JSON Lines, one object a line"),
    "parquet": FormatFacts("parquet:ParquetTable", (".parquet",), "Parquet tables"),
    "po": FormatFacts("po:PoCatalogue", (".po", ".pot"), "PO catalogues of gettext"),
    "gettext-json": FormatFacts("gettext_json:GettextJson", (), "gettext catalogues as JSON (Jed, JupyterLab)"),
    "json": FormatFacts(
        "keyed_json:JsonFile", (".json",), "JSON by keys (i18next, Vue, extensions) or of gettext", "one"
    ),
    "arb": FormatFacts("keyed_json:ArbFile", (".arb",), "Flutter's ARB", "one", is_told_apart=False),
    "properties": FormatFacts(
        "properties:Properties", (".properties",), "Java's properties", "one", is_told_apart=False
    ),
    "yaml": FormatFacts("keyed_yaml:KeyedYaml", (".yml", ".yaml"), "YAML by keys (Rails)", "one", is_told_apart=False),
    "fluent": FormatFacts("fluent:Fluent", (".ftl",), "Mozilla's Fluent", "one", is_told_apart=False),
    "subtitles": FormatFacts(
        "subtitles:Subtitles", (".srt", ".vtt"), "subtitles, SRT and WebVTT", "one", is_told_apart=False
    ),
    "markdown": FormatFacts("markdown:Markdown", (".md", ".markdown"), "Markdown", "one", is_told_apart=False),
    "html": FormatFacts("html:Html", (".html", ".htm", ".xhtml"), "HTML", "one", is_told_apart=False),
    "strings": FormatFacts("apple_strings:AppleStrings", (".strings",), "Apple's .strings", "one", is_told_apart=False),
    "stringsdict": FormatFacts("xml.stringsdict:AppleStringsdict", (".stringsdict",), "plural forms of Apple", "one"),
    "xcstrings": FormatFacts("apple_catalog:AppleCatalog", (".xcstrings",), "string catalogues of Xcode"),
    "xliff": FormatFacts("xml.xliff:Xliff", (".xlf", ".xliff"), "XLIFF 1.2 and 2.x of CAT tools"),
    "tmx": FormatFacts("xml.tmx:Tmx", (".tmx",), "translation memories, TMX 1.4"),
    "android": FormatFacts("xml.android:AndroidStrings", (".xml",), "strings.xml of Android", "one", False),
    "qt": FormatFacts("xml.qt:QtLinguist", (".ts",), "catalogues of Qt Linguist", "two", False),
    "resx": FormatFacts("xml.resx:Resx", (".resx",), "resources of .NET", "one"),
    "feedback": FormatFacts(
        "feedback:FeedbackText", (".feedback",), "corrections that `tutelage serve` keeps", is_told_apart=False
    ),
}
"""The formats of this package, by name."""

FORMATS = Registry(
    "text format",
    {name: f"tutelage.corpora.formats.{facts.place}" for name, facts in FACTS.items()},
    group="tutelage.formats",
)

SUFFIXES = {suffix: name for name, facts in FACTS.items() for suffix in facts.suffixes}
"""Formats by suffix, after the suffix of compression is taken off."""

_CONVERSIONS = {
    (".docx", ".odt", ".doc", ".rtf", ".pdf", ".epub"): "Convert it to plain text, or export XLIFF from a CAT tool.",
    (".xlsx", ".xls", ".ods"): "Save the sheet as tab-separated text (.tsv).",
    (".mo", ".gmo"): "Convert it with: msgunfmt FILE.mo -o FILE.po",
    (".qm",): "Give the .ts file that it was made of (lconvert FILE.qm -o FILE.ts).",
    (".sdlxliff", ".mqxliff", ".mxliff"): "Export it from its tool as plain XLIFF 1.2 or 2.0.",
    (".sdltm", ".tmb", ".ttm", ".wfmem"): "Export the memory as TMX.",
    (".sdlppx", ".sdlrpx", ".mqout", ".wsxz"): "Export the files of the package as XLIFF.",
    (".zip", ".tar", ".tgz", ".7z"): "Unpack it, and give the files in it.",
}  # fmt: skip
_HINTS = {suffix: hint for suffixes, hint in _CONVERSIONS.items() for suffix in suffixes}
"""What to do with files of formats that are not read, by suffix."""


def is_told_by_suffix(path: Path | str) -> bool:
    """Whether the file's suffix tells its format for sure: most `.xml` and `.ts` files of a project hold no texts."""
    name = SUFFIXES.get(Path(plain_name(path)).suffix.lower())
    return name is not None and FACTS[name].is_told_apart


def format_name(path: Path | str, *, text_format: str | None = None) -> str:
    """The format of the file: the one given, or the one its suffix tells; plain text for standard input."""
    if text_format is not None:
        if text_format not in FORMATS:
            raise UsageError(f"no text format is called '{text_format}'.", fix=did_you_mean(text_format, FORMATS))
        return text_format
    if str(path) == STANDARD_STREAM:
        return "text"
    suffix = Path(plain_name(path)).suffix.lower()
    if suffix not in SUFFIXES and suffix not in _HINTS and language_of_suffix(path) is not None:
        return "text"
    if suffix in _HINTS:
        raise CorpusError(f"files with the suffix '{suffix}' are not read.", where=str(path), fix=_HINTS[suffix])
    if suffix not in SUFFIXES:
        shown = f"the suffix '{suffix}' tells no format" if suffix else "a file without a suffix tells no format"
        fix = f"{did_you_mean(suffix, SUFFIXES)} Or name the format: {', '.join(FORMATS)}."
        raise CorpusError(f"{shown}.", where=str(path), fix=fix)
    return SUFFIXES[suffix]


def language_of_suffix(path: Path | str) -> str | None:
    """The language that the file's suffix says, as those of Moses do: `corpus.en`; `None` if it says none."""
    found = language_of_column(Path(plain_name(path)).suffix.removeprefix("."))
    return found if found is not None and base_language(found) in NAMES else None


def load_format(path: Path | str, *, text_format: str | None = None) -> TextFormat:
    """The reader and writer for the file."""
    made: TextFormat = FORMATS.load(format_name(path, text_format=text_format))()
    return made
