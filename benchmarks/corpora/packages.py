"""Debian packages and indexes through the machine's own apt sources, kept in their own folder; nothing is installed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tutelage.core.errors import UserError


class DebianArchive:
    """What apt can fetch, under `cache`: `lists` of indexes, downloaded `debs`, their unpacked `files`."""

    def __init__(self, cache: Path, *, languages: Sequence[str]) -> None:
        self.cache = cache.resolve()
        for folder in ("lists/partial", "archives/partial", "debs", "files"):
            (self.cache / folder).mkdir(parents=True, exist_ok=True)
        self._options = [
            *("-o", f"Dir::State::Lists={self.cache}/lists"),
            *("-o", f"Dir::Cache={self.cache}"),
            *("-o", "Acquire::GzipIndexes=false"),
            *("-o", f"Acquire::Languages={','.join(('en', *languages))}"),
            *("-o", "APT::Sandbox::User=root"),
        ]

    def update(self) -> None:
        """Fetch the indexes of packages and of their translated descriptions."""
        self._apt("-q", "update")

    def package_indexes(self) -> list[Path]:
        """The indexes that describe the packages."""
        return self._index_files("Created-By: Packages")

    def description_indexes(self, lang: str) -> list[Path]:
        """The indexes of descriptions in the language."""
        return self._index_files("Created-By: Translations", f"Language: {lang}")

    def unpacked(self, package: str) -> Path:
        """The folder with the files of the package, fetched and unpacked if it is not there yet."""
        folder = self.cache / "files" / package
        if not folder.exists():
            deb = self._deb(package)
            aside = folder.with_name(f"{package}.part")
            _run("dpkg-deb", "-x", str(deb), str(aside))
            aside.rename(folder)
        return folder

    def _deb(self, package: str) -> Path:
        found = sorted((self.cache / "debs").glob(f"{package}_*.deb"))
        if not found:
            self._apt("-q", "download", package, folder=self.cache / "debs")
            found = sorted((self.cache / "debs").glob(f"{package}_*.deb"))
        return found[-1]

    def _index_files(self, *filters: str) -> list[Path]:
        listed = self._apt("indextargets", "--format", "$(FILENAME)", *filters)
        return [Path(line) for line in listed.splitlines() if Path(line).exists()]

    def _apt(self, *arguments: str, folder: Path | None = None) -> str:
        return _run("apt-get", *self._options, *arguments, folder=folder)


def stanzas(path: Path) -> Iterator[list[str]]:
    """The stanzas of a control file, as their lines."""
    lines: list[str] = []
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if line != "\n":
                lines.append(line.rstrip("\n"))
            elif lines:
                yield lines
                lines = []
    if lines:
        yield lines


def _run(*command: str, folder: Path | None = None) -> str:
    try:
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    except FileNotFoundError:
        raise UserError(f"'{command[0]}' is not on this machine.", fix="Run this on Debian bookworm.") from None
    except subprocess.CalledProcessError as error:
        raise UserError(f"{command[0]} failed: {error.stderr.strip()[-400:]}", fix="Check the apt sources.") from None
