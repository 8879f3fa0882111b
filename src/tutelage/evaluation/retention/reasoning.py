"""Tasks of the package reasoning-gym: the recipe names which and how many, the package scores the answers.

Stojanovski et al. 2025, arXiv 2505.24760. Its scores between 0 and 1 count as passed from 1 alone.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any

from tutelage.core.errors import MissingExtraError, UsageError, did_you_mean
from tutelage.evaluation.retention.items import AbilityItem, Check, ask_once

ABILITY = "reasoning"
MODULE = "reasoning_gym"
MAX_ANSWER_TOKENS = 192
_ASKING = "{question}\n\nWrite your final answer, and nothing else, between <answer> and </answer>."


def reasoning_items(datasets: Mapping[str, int], *, seed: int) -> tuple[AbilityItem, ...]:
    """So many items of each dataset; MissingExtraError without the package, UsageError for an unknown dataset."""
    problems = dataset_problems(datasets)
    if problems:
        raise UsageError(" ".join(problems), where="reasoning")
    return tuple(
        AbilityItem(
            id=f"{ABILITY}-{name}-{number:03d}",
            ability=ABILITY,
            kind=name,
            messages=ask_once(_ASKING.format(question=entry["question"])),
            checks=(Check("solves_task", {"dataset": name, "entry": entry}),),
            max_answer_tokens=MAX_ANSWER_TOKENS,
        )
        for name, size in datasets.items()
        for number, entry in enumerate(_package().create_dataset(name, size=size, seed=seed), start=1)
    )


def dataset_problems(names: Iterable[str]) -> list[str]:
    """A line for each name that the package has no dataset of."""
    known = sorted(importlib.import_module(f"{_package().__name__}.factory").DATASETS)
    return [f"no dataset is called '{name}'. {did_you_mean(name, known)}" for name in names if name not in known]


def is_installed() -> bool:
    """Whether the package can be asked."""
    return find_spec(MODULE) is not None


def solves_task(answer: str, *, dataset: str, entry: dict[str, Any]) -> bool:
    """The package's own scorer gives its full mark to what stands in the last answer tags, or else to the whole."""
    try:
        return bool(_scorer(dataset)(_tagged(answer), entry) >= 1.0)
    except (ArithmeticError, LookupError, TypeError, ValueError):  # some scorers read the answer without care
        return False


def _tagged(answer: str) -> str:
    _, tag, rest = answer.rpartition("<answer>")
    return rest.partition("</answer>")[0].strip() if tag else rest


@cache
def _scorer(dataset: str) -> Any:
    return _package().get_score_answer_fn(dataset)


def _package() -> Any:
    if not is_installed():
        raise MissingExtraError(MODULE, extra="retention")
    return importlib.import_module(MODULE)
