"""Rebuild the parallel text that the experiments use, from the packages of Debian bookworm.

    python -m benchmarks.corpora.debian ../data --languages pt_BR

Needs apt and dpkg with bookworm sources configured (their addresses are the machine's own affair), about 2 GB of disk
for all origins, and no privileges: indexes and packages go to the cache, nothing is installed.

Written: `en-LANG.{train,dev,test}.jsonl.gz` (id, src_lang, tgt_lang, src, tgt, origin, license, kind, doc, split), with
several languages also `multi.{train,dev,test}.jsonl.gz` (one English sentence with all of them), `mono.en.jsonl.gz`
(English sentences of training documents), and `stats.json` (rows and drops by reason). dev and test hold full sentences
only. Splits are by document, the same for every language; near duplicates between splits are dropped.

Rebuilt are the origins ddtp, libreoffice-help, gnome-user-docs, debian-handbook and gettext, for languages in Latin
letters; not the names and dictionaries, Debian's reference, Japanese or Chinese. All origins for Brazilian Portuguese
give 121,195 training rows in two minutes; of the 120,787 that the figures in docs/results/patching.md rest on, 98.9 %
are among them. A package updated since changes its rows.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.corpora import ddtp, documentation, gettext_catalogues
from benchmarks.corpora.packages import DebianArchive
from benchmarks.corpora.selection import SPLITS, Row, collect_rows, keep_splits_apart, sentences_for_monolingual
from benchmarks.corpora.units import Unit, is_sentence
from tutelage.core.errors import UserError
from tutelage.corpora.files import written_whole

LANGUAGES = ("pt_BR", "de", "es", "fr", "it")

ORIGINS: dict[str, Callable[[DebianArchive, Sequence[str]], Iterator[Unit]]] = {
    ddtp.ORIGIN: ddtp.read_units,
    documentation.LIBREOFFICE_HELP: documentation.read_libreoffice_help,
    documentation.GNOME_USER_DOCS: documentation.read_gnome_user_docs,
    documentation.DEBIAN_HANDBOOK: documentation.read_debian_handbook,
    gettext_catalogues.ORIGIN: gettext_catalogues.read_units,
}
"""In the order in which they win a sentence that several of them have."""


def main() -> None:
    arguments = _parse_arguments()
    try:
        figures = build_corpus(
            arguments.output,
            cache=arguments.cache or arguments.output / "cache",
            languages=arguments.languages,
            origins=arguments.origins,
        )
    except UserError as error:
        sys.exit(f"error: {error}")
    print(json.dumps(figures, indent=2))


def build_corpus(output: Path, *, cache: Path, languages: Sequence[str], origins: Sequence[str]) -> dict[str, Any]:
    """Fetch, align, select and write; the figures that `stats.json` holds."""
    output.mkdir(parents=True, exist_ok=True)
    archive = DebianArchive(cache, languages=languages)
    archive.update()
    dropped: Counter[str] = Counter()
    units = (
        unit
        for origin, read in ORIGINS.items()
        if origin in origins
        for unit in _told(origin, read, archive, languages)
    )
    rows = keep_splits_apart(collect_rows(units, dropped=dropped), dropped=dropped)
    written = dict(_write_all(output, rows, languages))
    figures = {"rows": written, "dropped": dict(sorted(dropped.items()))}
    with written_whole(output / "stats.json") as stream:
        stream.write(json.dumps(figures, indent=2).encode())
    return figures


def _told(
    origin: str, read: Callable[..., Iterator[Unit]], archive: DebianArchive, languages: Sequence[str]
) -> Iterator[Unit]:
    """The origin's units, with a line on standard error when it begins."""
    print(f"reading {origin}", file=sys.stderr, flush=True)
    yield from read(archive, languages)


def _write_all(output: Path, rows: Sequence[Row], languages: Sequence[str]) -> Iterator[tuple[str, int]]:
    for split in SPLITS:
        part = [row for row in rows if row.split == split]
        for lang in languages:
            name = f"en-{lang}.{split}.jsonl.gz"
            yield name, _write(output / name, (_pair(row, lang) for row in part if _belongs(row, (lang,))))
        if len(languages) > 1:
            name = f"multi.{split}.jsonl.gz"
            yield name, _write(output / name, (_multi(row, languages) for row in part if _belongs(row, languages)))
    name = "mono.en.jsonl.gz"
    yield name, _write(output / name, map(_mono, sentences_for_monolingual(rows)))


def _belongs(row: Row, languages: Sequence[str]) -> bool:
    """Whether the row has these translations and, held back, is a full sentence in each language."""
    if any(lang not in row.translations for lang in languages):
        return False
    if row.split == "train":
        return True
    full = all(is_sentence(row.english, row.translations[lang].text) for lang in languages)
    return full and row.kind in ("sent", "li")


def _pair(row: Row, lang: str) -> dict[str, Any]:
    translation = row.translations[lang]
    return {
        "id": row.id, "src_lang": "en", "tgt_lang": lang, "src": row.english, "tgt": translation.text,
        "origin": translation.origin, "license": translation.license, "kind": row.kind, "doc": row.document,
        "split": row.split,
    }  # fmt: skip


def _multi(row: Row, languages: Sequence[str]) -> dict[str, Any]:
    used = [row.translations[lang] for lang in languages]
    return {
        "id": row.id, "en": row.english, **{lang: row.translations[lang].text for lang in languages},
        "origin": " + ".join(dict.fromkeys(translation.origin for translation in used)),
        "license": " AND ".join(dict.fromkeys(translation.license for translation in used)),
        "kind": row.kind, "doc": row.document, "split": row.split,
    }  # fmt: skip


def _mono(row: Row) -> dict[str, Any]:
    return {
        "id": row.id, "text": row.english, "origin": row.origin, "license": row.license, "doc": row.document,
        "n_translations": len(row.translations),
    }  # fmt: skip


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    with written_whole(path) as stream:
        for row in rows:
            stream.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
            count += 1
    return count


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Rebuild the parallel text of the experiments from Debian bookworm.")
    parser.add_argument("output", type=Path, help="folder that the files are written to")
    parser.add_argument("--cache", type=Path, help="folder of indexes and packages (default: OUTPUT/cache)")
    parser.add_argument(
        "--languages",
        nargs="+",
        choices=LANGUAGES,
        default=["pt_BR"],
        metavar="LANG",
        help=f"of {', '.join(LANGUAGES)} (default: pt_BR)",
    )
    parser.add_argument(
        "--origins",
        nargs="+",
        choices=list(ORIGINS),
        default=list(ORIGINS),
        metavar="ORIGIN",
        help=f"of {', '.join(ORIGINS)} (default: all)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
