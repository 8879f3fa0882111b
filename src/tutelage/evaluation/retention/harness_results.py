"""What lm-evaluation-harness wrote (version 0.4 and later), as abilities: a mark for each document of each task.

It is run with `--log_samples`, so that two students can be compared on the same documents: its own results file has
means alone. The layout: `results_DATE.json` and, beside it, `samples_TASK_DATE.jsonl`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tutelage.core.errors import HarnessError, did_you_mean
from tutelage.evaluation.retention.measuring import AbilityResult

METRICS = (
    "exact_match", "prompt_level_strict_acc", "acc_norm", "acc", "pass@1", "pass_at_1", "f1", "em",
)  # fmt: skip
"""Measures between 0 and 1 in which more is better; of a task that has several, the first."""
_TOLERANCE = 1e-3


def read_results(
    folder: Path, tasks: Sequence[str], *, metrics: Mapping[str, str] | None = None
) -> tuple[AbilityResult, ...]:
    """The marks of each task or group; `metrics` chooses `name` or `name,filter` for some of them.

    HarnessError if a task, its measure or its samples are missing.
    """
    file = _results_file(folder)
    report = _read_json(file)
    try:
        return tuple(_read_task(file, report, task, (metrics or {}).get(task)) for task in dict.fromkeys(tasks))
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        told = f"lm-eval's results have another layout than is known ({type(error).__name__}: {str(error)[:200]})."
        raise HarnessError(told, where=str(folder)) from error


def _read_task(file: Path, report: Mapping[str, Any], task: str, wanted: str | None) -> AbilityResult:
    results = report.get("results", {})
    if task not in results:
        raise HarnessError(f"lm-eval gave no results of '{task}'. {did_you_mean(task, results)}", where=str(file))
    key = _metric_key(results[task], task, wanted, where=str(file))
    metric, _, filter_name = key.partition(",")
    leaves = list(_leaves(task, report.get("group_subtasks", {})))
    marks = {
        f"{leaf}-{number}": mark
        for leaf in leaves
        for number, mark in _read_samples(file, leaf, metric=metric, filter_name=filter_name)
    }
    if not marks:
        raise HarnessError(f"lm-eval logged no samples of '{task}' by {key}.", where=str(file.parent))
    versions = "+".join(f"{leaf}@{report.get('versions', {}).get(leaf, '?')}" for leaf in leaves)
    shots = report.get("n-shot", {}).get(task, 0)
    signature = f"lm-eval:{report.get('lm_eval_version', '?')}|{versions}|shots:{shots}|{key}|n:{len(marks)}"
    result = AbilityResult(task, marks, signature)
    _check_mean(result, float(results[task][key]), key, where=str(file))
    return result


def _metric_key(row: Mapping[str, Any], task: str, wanted: str | None, *, where: str) -> str:
    """`acc,none` for a task: its measure and the filter of its answers."""
    keys = [key for key, value in row.items() if "," in key and "_stderr" not in key and isinstance(value, int | float)]
    for metric in (wanted,) if wanted else METRICS:
        found = [key for key in keys if metric in (key, key.partition(",")[0])]
        if found:
            return found[0]
    if wanted:
        what = f"'{task}' has no measure '{wanted}'. {did_you_mean(wanted, keys)}"
    else:
        what = f"'{task}' has no measure that is known to be a share ({', '.join(keys) or 'none at all'})."
    raise HarnessError(what, where=where, fix=f'Choose one with retention.lm_eval.metrics = {{ {task} = "…" }}.')


def _leaves(task: str, groups: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The task itself, or the tasks of the group, and of groups inside it."""
    inner = groups.get(task) or []
    for one in inner:
        yield from _leaves(one, groups)
    if not inner:
        yield task


def _read_samples(file: Path, task: str, *, metric: str, filter_name: str) -> Iterator[tuple[str, float]]:
    """Number and mark of each document."""
    date = file.name.removeprefix("results_").removesuffix(".json")
    path = file.with_name(f"samples_{task}_{date}.jsonl")
    if not path.is_file():
        raise HarnessError(f"lm-eval logged no samples of '{task}'.", where=str(path))
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            if row.get("filter", filter_name) == filter_name and metric in row:
                yield str(row["doc_id"]), _mark(row[metric], metric, where=str(path))


def _mark(value: Any, metric: str, *, where: str) -> float:
    if isinstance(value, int | float) and 0 <= value <= 1:
        return float(value)
    raise HarnessError(f"{metric} is {value!r} for a document, and not a mark between 0 and 1.", where=where)


def _check_mean(result: AbilityResult, reported: float, key: str, *, where: str) -> None:
    """A group that lm-eval weighs otherwise would be told here as something that lm-eval did not say."""
    if abs(result.percent / 100 - reported) > _TOLERANCE:
        raise HarnessError(
            f"lm-eval gives {key} of '{result.ability}' as {reported:.4f}, but its documents have a mean of "
            f"{result.percent / 100:.4f}.",
            where=where,
            fix="Name the tasks of the group instead of the group.",
        )


def _results_file(folder: Path) -> Path:
    """The newest results below the folder; lm-eval puts them into one named after the model."""
    found = sorted(folder.rglob("results_*.json"))
    if not found:
        raise HarnessError("lm-eval ended without writing results.", where=str(folder))
    return found[-1]


def _read_json(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise HarnessError(f"lm-eval's results cannot be read: {error}.", where=str(file)) from error
    return value if isinstance(value, dict) else {}
