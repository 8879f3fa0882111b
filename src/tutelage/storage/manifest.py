"""The digests of a folder's files, by which damage is seen: a file that `sha256sum --check` reads too."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tutelage.storage.digests import file_digest

MANIFEST = "files.sha256"


def write_manifest(folder: Path) -> None:
    """List every file below the folder; what is added later is nobody's concern."""
    path = folder / MANIFEST
    path.unlink(missing_ok=True)  # it may be a link to another folder's
    names = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    path.write_text("".join(f"{file_digest(folder / name)}  {name}\n" for name in names), encoding="utf-8")


def has_manifest(folder: Path) -> bool:
    """Whether the folder's files are listed; those of older versions are not."""
    return (folder / MANIFEST).is_file()


def is_intact(folder: Path) -> bool:
    """Whether every listed file is there with its content; a folder without a list is not."""
    return not damaged_files(folder)


def listed_files(folder: Path) -> dict[str, str]:
    """The digest of every listed file by its name; nothing of a folder without a list, or with a damaged one."""
    with suppress(OSError, ValueError):
        lines = (folder / MANIFEST).read_text(encoding="utf-8").splitlines()
        return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    return {}


def damaged_files(folder: Path) -> list[str]:
    """Names of the listed files that are not there with their content; the list itself if it cannot be read."""
    try:
        lines = (folder / MANIFEST).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return [MANIFEST]
    return [line.partition("  ")[2] or line for line in lines if not _is_listed(folder, line)] if lines else [MANIFEST]


def _is_listed(folder: Path, line: str) -> bool:
    digest, _, name = line.partition("  ")
    try:
        return bool(name) and file_digest(folder / name) == digest
    except (OSError, ValueError):
        return False
