"""lm-evaluation-harness as a program of its own: started on a student's folder, its results read as abilities.

Nothing of it is imported, so it may live in another environment; what it downloads is its own business.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import HarnessError
from tutelage.core.retention import HarnessSettings
from tutelage.core.stage import FolderStage, Work
from tutelage.evaluation.retention.harness_results import read_results
from tutelage.evaluation.retention.measuring import AbilityResult
from tutelage.storage.stages import StageFolder
from tutelage.students.decoder import Weights

_TOLD_LINES = 5
"""Of its last messages, when it fails."""
_LOG = "lm-eval.log"


@dataclass(frozen=True, slots=True)
class HarnessInputs:
    """What the harness is told, and the student that it measures."""

    settings: HarnessSettings
    student: Weights


def measure_by_harness(inputs: HarnessInputs, work: Work, folder: Path) -> None:
    """What the harness writes about the student into `folder`; HarnessError for what cannot be read."""
    settings = inputs.settings
    work.progress.start(work.name, total=None, unit="documents")
    run_harness(settings, inputs.student.folder, out=folder)
    read_results(folder, settings.tasks, metrics=settings.metrics)
    work.progress.finish()


HARNESS = FolderStage("lm-eval", 2, measure_by_harness)
"""Named after the student where it is made: `lm-eval-before`."""


def harness_stage(
    settings: HarnessSettings, student: Path, *, folder: StageFolder, name: str
) -> tuple[AbilityResult, ...]:
    """The folder `lm-eval-NAME` with what the harness wrote about a student, made once, and the abilities in it."""
    made = folder.make(HARNESS.named(f"lm-eval-{name}"), HarnessInputs(settings, Weights(student)))
    return read_results(made.path, settings.tasks, metrics=settings.metrics)


def run_harness(settings: HarnessSettings, student: Path, *, out: Path) -> None:
    """Run it on a student's folder; what it says goes to `lm-eval.log`. HarnessError if it is missing or fails."""
    command = [*settings.command, *harness_options(settings, student, out=out)]
    problems = harness_problems(settings)
    if problems:
        raise HarnessError(problems[0], where="retention.lm_eval")
    out.mkdir(parents=True, exist_ok=True)
    with (out / _LOG).open("w", encoding="utf-8") as log:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, check=False)
    if ended.returncode != 0:
        raise HarnessError(
            f"{settings.command[0]} ended with exit code {ended.returncode}; its last lines were:\n"
            + "\n".join(f"  {line}" for line in _last_lines(out / _LOG)),
            where="retention.lm_eval",
            fix="Try its command by hand with one task and --limit 2.",
        )


def harness_options(settings: HarnessSettings, student: Path, *, out: Path) -> list[str]:
    """The options for a student's folder; HarnessError for a path that lm-eval would take apart."""
    if "," in str(student):
        raise HarnessError("lm-eval cannot read a path with a comma.", where=str(student), fix="Move the run folder.")
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
