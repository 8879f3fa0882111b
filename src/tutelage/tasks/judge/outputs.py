"""Outputs of several systems: a run's, or JSON Lines of `{"id": …, "source": …, "outputs": {"teacher": …, …}}`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tutelage.core.counts import counted
from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.records import Paraphrases, Segment
from tutelage.corpora.bad_lines import shown
from tutelage.corpora.files import decoded, read_lines
from tutelage.corpora.json_text import parse_object
from tutelage.evaluation.rating.blinding import SystemOutputs
from tutelage.storage.tables import read_table
from tutelage.students.promoted import is_run_folder

_SHOWN = 20
COPY = "copy"
_TEST = "domain"


def read_outputs(path: Path | str) -> tuple[SystemOutputs, ...]:
    """One record for each line that is not blank, other fields left aside, or for each test sentence of a run folder.

    CorpusError with the bad lines and why.
    """
    if is_run_folder(Path(path)):
        return outputs_of_run(Path(path))
    found: dict[str, SystemOutputs] = {}
    problems = []
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            one = _parse(line)
            if one.id in found:
                raise ValueError(f"the id '{shown(one.id)}' is there twice")
            found[one.id] = one
        except ValueError as error:
            problems.append(f"{path}:{number}: {error}.")
    require_none(problems, where=str(path))
    return tuple(found.values())


def require_none(problems: Sequence[str], *, where: str) -> None:
    """CorpusError that lists the problems, the first twenty of them; nothing if there are none."""
    if not problems:
        return
    count = counted(len(problems), "problem")
    lines = [f"  - {problem}" for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f"  - and {len(problems) - _SHOWN:,} more")
    raise CorpusError("\n".join([f"{count}, nothing was taken:", *lines]), where=where)


def _parse(line: bytes) -> SystemOutputs:
    """ValueError saying what is wrong with the line."""
    row = parse_object(decoded(line))
    one, source, outputs = row.get("id"), row.get("source"), row.get("outputs")
    if isinstance(one, bool) or not isinstance(one, str | int) or one == "":
        raise ValueError("it needs an 'id', a text or a whole number")
    if not isinstance(source, str) or not source.strip():
        raise ValueError("it needs a 'source' that is a text and not empty")
    return SystemOutputs(str(one), source, _outputs(outputs))


def _outputs(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not value:
        raise ValueError('it needs \'outputs\', such as {"teacher": "…", "student": "…"}')
    wrong = next((name for name, text in value.items() if not name.strip() or not isinstance(text, str)), None)
    if wrong is not None:
        raise ValueError(f"the output of '{wrong}' is not a text")
    return value


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
