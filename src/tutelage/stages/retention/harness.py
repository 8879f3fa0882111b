"""lm-evaluation-harness as a program of its own: started on a student's folder, its results read as abilities.

Nothing of it is imported, so it may live in another environment; what it downloads is its own business.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tutelage.core.errors import UserError
from tutelage.core.protocols import Progress
from tutelage.core.retention import HarnessSettings
from tutelage.core.signatures import content_key
from tutelage.evaluation.retention.harness_results import read_results
from tutelage.evaluation.retention.measuring import AbilityResult
from tutelage.storage.stages import StageFolder

_TOLD_LINES = 5
"""Of its last messages, when it fails."""
_LOG = "lm-eval.log"


def harness_stage(
    settings: HarnessSettings,
    student: Path,
    *,
    signature: str,
    folder: StageFolder,
    name: str,
    progress: Progress,
    earlier: Sequence[Path] = (),
) -> tuple[AbilityResult, ...]:
    """The folder `lm-eval-NAME` with what the harness wrote about a student, made once, and the abilities in it.

    `earlier` are such folders of other steps, which may hold the same.
    """
    key = content_key("lm-eval", 1, settings, signature)

    def make(aside: Path) -> None:
        same = next((path for path in earlier if _key_of(path) == key), None)
        if same is not None:
            shutil.copytree(same, aside, dirs_exist_ok=True)
            return
        progress.start(f"lm-eval, {name}", total=None, unit="documents")
        run_harness(settings, student, out=aside)
        read_results(aside, settings.tasks, metrics=settings.metrics)
        progress.finish()

    made = folder.folder(f"lm-eval-{name}", key=key, make=make)
    return read_results(made, settings.tasks, metrics=settings.metrics)


def run_harness(settings: HarnessSettings, student: Path, *, out: Path) -> None:
    """Run it on a student's folder; what it says goes to `lm-eval.log`. UserError where it is missing or fails."""
    command = [*settings.command, *harness_options(settings, student, out=out)]
    problems = harness_problems(settings)
    if problems:
        raise UserError(problems[0], where="retention.lm_eval")
    out.mkdir(parents=True, exist_ok=True)
    with (out / _LOG).open("w", encoding="utf-8") as log:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, check=False)
    if ended.returncode != 0:
        raise UserError(
            f"{settings.command[0]} ended with exit code {ended.returncode}; its last lines were:\n"
            + "\n".join(f"  {line}" for line in _last_lines(out / _LOG)),
            where="retention.lm_eval",
            fix="Try its command by hand with one task and --limit 2.",
        )


def harness_options(settings: HarnessSettings, student: Path, *, out: Path) -> list[str]:
    """The options for a student's folder; UserError for a path that lm-eval would take apart."""
    if "," in str(student):
        raise UserError("lm-eval cannot read a path with a comma.", where=str(student), fix="Move the run folder.")
    told = {"pretrained": str(student), **settings.model_args}
    options = ["--model", "hf", "--model_args", ",".join(f"{name}={value}" for name, value in told.items())]
    options += ["--tasks", ",".join(settings.tasks), "--batch_size", str(settings.batch_size)]
    options += ["--limit", str(settings.limit)] if settings.limit is not None else []
    options += ["--num_fewshot", str(settings.shots)] if settings.shots is not None else []
    options += ["--device", settings.device] if settings.device is not None else []
    options += ["--apply_chat_template"] if settings.chat_template else []
    return [*options, "--log_samples", "--output_path", str(out)]


def harness_problems(settings: HarnessSettings) -> list[str]:
    """Why its program cannot be started."""
    program = settings.command[0]
    if shutil.which(program) is not None:
        return []
    return [
        f"there is no program '{program}'. Install lm-evaluation-harness (pip install 'lm_eval[hf]'), in an "
        'environment of its own if you like, and name it: lm_eval = { command = ["/path/to/lm_eval"], … }.'
    ]


def _last_lines(log: Path) -> Iterator[str]:
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    yield from lines[-_TOLD_LINES:]


def _key_of(stage: Path) -> str | None:
    mark = stage / "stage.key"
    return mark.read_text(encoding="utf-8", errors="replace") if mark.is_file() else None
