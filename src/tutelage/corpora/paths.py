"""Which files a corpus path means: a file, a folder, a pattern, an address on object storage, or several of these."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import CorpusError
from tutelage.corpora.files import STANDARD_STREAM, stem
from tutelage.corpora.formats.registry import is_told_by_suffix
from tutelage.corpora.remote_files import fetch_file
from tutelage.storage.objects import is_address

CorpusPath = str | Path | Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """One file, and the name that begins the ids of its segments."""

    path: str
    name: str


def corpus_files(path: CorpusPath) -> list[CorpusFile]:
    """The files in a fixed order; stems that several share are told apart by their folders."""
    paths = [path] if isinstance(path, str | Path) else list(path)
    found = list(dict.fromkeys(file for one in paths for file in _files_of(str(one))))
    if not found:
        raise CorpusError("no corpus file is given.", fix="Give a file, a folder or a pattern.")
    names = _unique_names(found)
    return [CorpusFile(file, names[file]) for file in found]


def _files_of(path: str) -> list[str]:
    try:
        return _found_at(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CorpusError(f"the file cannot be looked for ({reason}).", where=path) from error


def _found_at(path: str) -> list[str]:
    if is_address(path):
        return [str(fetch_file(path))]
    if path == STANDARD_STREAM or Path(path).is_file():
        return [path]
    if Path(path).is_dir():
        files = sorted(str(file) for file in Path(path).rglob("*") if file.is_file() and _is_corpus(file))
        if not files:
            raise CorpusError("no file in this folder has a format that is known.", where=path)
        return files
    if glob.has_magic(path):
        files = sorted(file for file in glob.glob(path, recursive=True) if Path(file).is_file())
        if not files:
            raise CorpusError("no file matches this pattern.", where=path, fix="Check the pattern.")
        return files
    if Path(path).exists():
        fix = "Give a file, or pipe the text into standard input."
        raise CorpusError("this is a device or a pipe, not a file.", where=path, fix=fix)
    raise CorpusError("there is no such file.", where=path, fix="Check the path.")


def _is_corpus(file: Path) -> bool:
    return is_told_by_suffix(file) and not file.name.startswith(".")


def _unique_names(files: list[str]) -> dict[str, str]:
    """The stem of each file, with as many folders before it as it takes to be the only one."""
    names = {file: stem(file) for file in files}
    for depth in range(1, 8):
        counts = Counter(names.values())
        shared = [file for file in files if counts[names[file]] > 1]
        if not shared:
            return names
        for file in shared:
            names[file] = "/".join([*Path(file).parts[:-1][-depth:], stem(file)])
    return {file: name if Counter(names.values())[name] == 1 else file for file, name in names.items()}
