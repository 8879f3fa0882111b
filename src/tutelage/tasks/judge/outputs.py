"""Outputs of several systems: a run's, or JSON Lines of `{"id": …, "source": …, "outputs": {"teacher": …, …}}`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tutelage.core.errors import CorpusError
from tutelage.corpora.bad_lines import shown
from tutelage.corpora.files import decoded, read_lines
from tutelage.corpora.json_text import parse_object
from tutelage.evaluation.rating.blinding import SystemOutputs
from tutelage.students.naming import is_run_folder
from tutelage.tasks.judge.run_outputs import outputs_of_run

_SHOWN = 20


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
    """CorpusError that lists the problems, the first twenty of them; nothing where there are none."""
    if not problems:
        return
    count = "one problem" if len(problems) == 1 else f"{len(problems):,} problems"
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
