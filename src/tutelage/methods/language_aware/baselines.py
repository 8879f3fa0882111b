"""The systems that a step measures: its students, and the baselines that are another way to use one of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tutelage.methods.language_aware.directed_tests import System
from tutelage.methods.language_aware.settings import BaselineSettings
from tutelage.stages.asked_student import asked_student_stage
from tutelage.stages.context import StepContext

CONTRASTIVE = "contrastive"
N_SHOT = "n-shot"


def name_systems(
    baselines: BaselineSettings, context: StepContext, *, students: Mapping[str, Path]
) -> dict[str, System]:
    """The systems by name, in the order of the report; a baseline is the student that stage 2 would begin with."""
    systems = {name: System(folder) for name, folder in students.items()}
    tuned = _before_stage_2(students)
    if baselines.contrastive is not None:
        systems[CONTRASTIVE] = System(tuned, baselines.contrastive.contrast)
    if baselines.shots is not None:
        folder = context.folder.inner(N_SHOT)
        shown = asked_student_stage(context.recipe, folder, student=tuned, instruction=None, shots=baselines.shots)
        systems[N_SHOT] = System(shown)
    return systems


def _before_stage_2(students: Mapping[str, Path]) -> Path:
    """The student of stage 1, which is called `after` where there is no stage 2; else the one that came in."""
    if "stage-1" in students:
        return students["stage-1"]
    return students["after" if students["after"].parent.name == "stage-1" else "before"]
