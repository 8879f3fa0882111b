"""The oracle: an answer key of human translations, and the scripted chat server that answers by it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.claims.claim.texts import write_text
from tutelage.core.records import Pair

TESTS = Path(__file__).resolve().parents[3] / "tests"
"""Where the scripted server's code is."""


def make_key(pool: Iterable[Pair], sentences: Iterable[Pair], *, folder: Path) -> Path:
    """The answer key in the folder, built if it is not there: the pool is what may be asked about."""
    key = folder / "key.json.gz"
    if not key.is_file():
        asked, held_out = folder / "key-pool.jsonl", folder / "key-sentences.jsonl"
        write_text(asked, pool)
        write_text(held_out, sentences)
        unfinished = folder / "key.new.json.gz"
        command = ["--pairs", str(asked), "--sentences", str(held_out), "--out", str(unfinished)]
        subprocess.run([sys.executable, "-m", "scripted.build_key", *command], check=True, env=_environment(), stdout=2)
        unfinished.rename(key)
    return key


@contextmanager
def serving(key: Path, *, right_from: float) -> Iterator[str]:
    """The address of a server that answers by the key for as long as the context is open."""
    command = [sys.executable, "-m", "scripted.serve", "--key", str(key), "--right-from", str(right_from)]
    with subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, text=True) as server:
        try:
            address = server.stdout.readline().strip() if server.stdout else ""
            if not address:
                raise SystemExit("The scripted server did not start; its message stands above.")
            yield address
        finally:
            server.terminate()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(TESTS)}
