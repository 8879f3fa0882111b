"""Make the embedded English sentences: Python's own help texts and docstrings, a sentence a line.

    python -m benchmarks.corpora.python_help src/tutelage/embedded/python-help.en.txt.gz

The text is that of the running Python (3.11 made the shipped file), under the PSF licence version 2.
"""

from __future__ import annotations

import argparse
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from pydoc_data.topics import topics

from benchmarks.corpora.prose import docstrings_of, write_sentences


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the file to write")
    write_sentences(_texts(), parser.parse_args().out)


def _texts() -> Iterator[str]:
    yield from topics.values()
    for path in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        if not {"site-packages", "test", "tests", "lib2to3", "idle_test"} & set(path.parts):
            yield from docstrings_of(path.read_text(encoding="utf-8", errors="replace"))


if __name__ == "__main__":
    main()
