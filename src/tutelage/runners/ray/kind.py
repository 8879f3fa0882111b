"""`ray`: workers of a Ray cluster, one that runs or one that is started here."""

from __future__ import annotations

import re

from tutelage.core.recipe import Recipe, RunnerSettings
from tutelage.runners.kind import RunnerKind
from tutelage.runners.ray.cluster import opened_runner

_ADDRESS = re.compile(r"auto|[A-Za-z0-9.\-]+:\d{1,5}|\[[0-9A-Fa-f:.]+\]:\d{1,5}")


def _problems(settings: RunnerSettings, recipe: Recipe) -> list[str]:
    problems = []
    if settings.address is not None and not _ADDRESS.fullmatch(settings.address):
        problems.append(".address: give a cluster's host and port, such as 10.0.0.1:6379, or auto.")
    batched = [name for name, teacher in recipe.teachers.items() if getattr(teacher, "batch", False)]
    problems += [
        f".kind: teacher '{name}' is asked in batches, and workers would divide each into many. Leave out its batch, "
        "or set runner.kind = 'local'."
        for name in batched
    ]
    return problems


RAY_KIND = RunnerKind(open=opened_runner, problems=_problems, modules=("ray",))
