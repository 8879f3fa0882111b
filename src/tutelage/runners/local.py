"""`local`: the run's own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tutelage.core.recipe import Recipe, RunnerSettings
from tutelage.core.runner import LOCAL, Runner
from tutelage.runners.kind import RunnerKind


@contextmanager
def _opened(_settings: RunnerSettings, _ledger: str | Path) -> Iterator[Runner]:
    yield LOCAL


def _problems(settings: RunnerSettings, _recipe: Recipe) -> list[str]:
    plain = RunnerSettings()
    others = [name for name, value in settings if name != "kind" and value != getattr(plain, name)]
    return [f".{name}: only a cluster has it; set runner.kind = 'ray', or leave it out." for name in others]


LOCAL_KIND = RunnerKind(open=_opened, problems=_problems)
