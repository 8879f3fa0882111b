"""What the systems of a run wrote for its test sentences: both students, the teacher, and copying."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tutelage.core.errors import UsageError
from tutelage.core.records import Paraphrases, Segment
from tutelage.evaluation.rating.blinding import SystemOutputs
from tutelage.storage.tables import read_table

COPY = "copy"
_TEST = "domain"


def outputs_of_run(run: Path) -> tuple[SystemOutputs, ...]:
    """The first paraphrase of every system for each test sentence; UsageError for a run that paraphrased none.

    A system that has none for a sentence is left out there, and so is the sentence when it is exported.
    """
    tables = dict(_find_tables(run))
    if not tables:
        raise UsageError(
            "no step of this run has paraphrased a test set.",
            where=str(run),
            fix="Run a recipe of the method paraphrase with a text.test, or give the outputs as JSON Lines.",
        )
    sources: dict[str, Segment] = {}
    written: dict[str, dict[str, str]] = {}
    for system, path in tables.items():
        for one in read_table(path, Paraphrases):
            sources[one.id] = one.source
            written.setdefault(one.id, {COPY: one.source.text})
            if one.texts:
                written[one.id][system] = one.texts[0]
    return tuple(SystemOutputs(id, sources[id].text, outputs) for id, outputs in written.items())


def _find_tables(run: Path) -> Iterator[tuple[str, Path]]:
    """The outputs of the last step that paraphrases, by system."""
    steps = sorted(run.glob("[0-9][0-9]-paraphrase"))
    for path in sorted((steps[-1] / "tests").glob(f"{_TEST}-*.parquet")) if steps else ():
        if not path.name.endswith(".rejected.parquet"):
            yield path.stem.removeprefix(f"{_TEST}-"), path
