"""Make the embedded English sentences of Jupyter's documentation, a sentence a line.

    pip download --no-deps --no-binary :all: --dest build/jupyter jupyterlab notebook ...     (all: SOURCES below)
    python -m benchmarks.corpora.jupyter_docs build/jupyter src/tutelage/embedded/jupyter-docs.en.txt.gz

Reads guides (Markdown, reStructuredText, notebooks) and docstrings out of the source packages; all are under the BSD
3-clause licence (papermill and jupytext alike, under BSD and MIT). Change logs and tests are left out, and so are the
sources of the programs' messages.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.corpora.prose import docstrings_of, write_sentences

SOURCES = (
    "jupyterlab", "notebook", "ipywidgets", "jupyter_server", "jupyterhub", "nbconvert", "nbformat", "nbdime", "voila",
    "nbgrader", "ipython", "ipykernel", "jupyter_client", "jupyter_console", "qtconsole", "ipyparallel",
    "jupyterlab_server", "jupyter_book", "jupytext", "papermill",
)  # fmt: skip
_SKIPPED = re.compile(r"change|history|release|whatsnew|licen|node_modules|/tests?/|contribut", re.IGNORECASE)
_CODE = re.compile(r"^(```|~~~)(?s:.*?)^\1\s*$|^ {4,}.*$|^ *\.\. [\w:-]+::.*$|^ *:\w[\w-]*:.*$", re.MULTILINE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="with the downloaded packages")
    parser.add_argument("out", type=Path, help="the file to write")
    chosen = parser.parse_args()
    folder, out = chosen.folder, chosen.out
    packages = {path.name.rsplit("-", 1)[0]: path for path in sorted(folder.glob("*.tar.gz"))}
    if missing := [name for name in SOURCES if name not in packages]:
        sys.exit(f"{folder} lacks the source packages of {', '.join(missing)}")
    write_sentences((text for name in SOURCES for text in _texts(packages[name])), out)


def _texts(package: Path) -> Iterator[str]:
    with tarfile.open(package) as archive:
        for member in sorted(archive.getmembers(), key=lambda each: each.name):
            if member.isfile() and not _SKIPPED.search(member.name):
                yield from _prose_of(archive, member)


def _prose_of(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[str]:
    suffix = Path(member.name).suffix
    if suffix not in {".md", ".rst", ".ipynb", ".py"}:
        return
    file = archive.extractfile(member)
    text = "" if file is None else file.read().decode("utf-8", errors="replace")
    if suffix == ".py":
        yield from docstrings_of(text)
    elif suffix == ".ipynb":
        yield from (_plain(cell) for cell in _markdown_cells(text))
    else:
        yield _plain(text)


def _markdown_cells(text: str) -> Iterator[str]:
    cells = json.loads(text).get("cells", [])
    return ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def _plain(text: str) -> str:
    """Guides without code blocks, with links and roles reduced to what a reader sees, list items as paragraphs."""
    text = _CODE.sub("\n", text)
    text = re.sub(r"!?\[([^\]]*)\](\([^)]*\)|\[[^\]]*\]|\{[^}]*\})?", r"\1", text)
    text = re.sub(r"`([^`<]+?)\s*<[^`>]+>`_*", r"\1", text)
    text = re.sub(r"\{[\w:-]+\}`([^`<]*?)(\s*<[^`>]*>)?`|:[\w:-]+:`([^`<]*?)(\s*<[^`>]*>)?`", r"\1\3", text)
    return re.sub(r"^\s*([-*+#]|\d+\.)+\s+", "\n\n", text, flags=re.MULTILINE)


if __name__ == "__main__":
    main()
