"""Make the embedded English sentences: Python's own help texts and docstrings, a sentence a line.

    python benchmarks/corpora/python_help.py src/tutelage/embedded/python-help.en.txt.gz

The text is that of the running Python (3.11 made the shipped file), under the PSF licence version 2.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from pydoc_data.topics import topics

from prose import docstrings_of, write_sentences


def main() -> None:
    write_sentences(_texts(), Path(sys.argv[1]))


def _texts() -> Iterator[str]:
    yield from topics.values()
    for path in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        if not {"site-packages", "test", "tests", "lib2to3", "idle_test"} & set(path.parts):
            yield from docstrings_of(path.read_text(encoding="utf-8", errors="replace"))


if __name__ == "__main__":
    main()
