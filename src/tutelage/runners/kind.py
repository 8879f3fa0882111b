"""What a kind of runner says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.recipe import Recipe, RunnerSettings
from tutelage.core.runner import Runner


def no_problems(_settings: RunnerSettings, _recipe: Recipe) -> Iterable[str]:
    """Of a kind whose settings are all that can be wrong."""
    return ()


@dataclass(frozen=True, slots=True)
class RunnerKind:
    """One kind of runner: a line in `registry.py`, or an entry point of `tutelage.runners` outside."""

    open: Callable[[RunnerSettings, str | Path], AbstractContextManager[Runner]]
    """Starts or reaches what does the work, for a run with its ledger at a path or URL; ends it with the block.

    UserError if it is not there, or not as the run needs it."""
    problems: Callable[[RunnerSettings, Recipe], Iterable[str]] = no_problems
    """What is wrong with the table in this recipe, each beginning with `.key: `; reaches nobody."""
    modules: tuple[str, ...] = ()
    """Optional Python modules that it imports."""
