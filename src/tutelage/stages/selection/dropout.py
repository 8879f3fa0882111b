"""How much the student's opinion of its own translation sways if a part of it is left out at random.

The deviation over samples of Monte-Carlo dropout (Gal and Ghahramani 2016; for translation Fomicheva et al. 2020, their
D-Var): forward passes only, nothing is decoded again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from tutelage.core.languages import Direction
from tutelage.core.protection.spans import Protection
from tutelage.core.records import Hypothesis
from tutelage.core.stage import Stage, Work
from tutelage.stages.selection.certainty import WINDOW, Certainty, score_hypotheses
from tutelage.storage.stages import StageTable
from tutelage.students.decoder import Weights
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.student_folder import read_student

SAMPLES = 8
RATE = 0.1
"""Of what is left out, whatever rate the student was trained with: some were trained without."""
_RATES = ("dropout", "attention_dropout", "p")
"""Names under which layers keep their rate."""


@dataclass(frozen=True, slots=True)
class DropoutInputs:
    """The student's translations, the student, and what the samples are drawn by."""

    hypotheses: StageTable[Hypothesis]
    student: Weights
    direction: Direction
    protection: Protection | None
    seed: int


def measure_dropout(inputs: DropoutInputs, work: Work) -> Iterator[Certainty]:
    """Minus the standard deviation, in nats, of each hypothesis' mean log-probability; higher is surer.

    Windows are the same after a kill, so that every segment meets the same samples.
    """
    work.progress.start("student doubts", total=inputs.hypotheses.rows)
    work.progress.advance(len(work.done))
    hypotheses, student, number = iter(inputs.hypotheses), None, 0
    while window := list(islice(hypotheses, WINDOW)):
        todo = [one for one in window if one.id not in work.done]
        if todo:
            student = student or _open(inputs)
            for hypothesis, value in zip(window, _sway(student, window, inputs, number), strict=True):
                if hypothesis.id not in work.done:
                    yield Certainty(hypothesis.id, value)
            work.progress.advance(len(todo))
        number += 1
    work.progress.finish()


def _open(inputs: DropoutInputs) -> AnyStudent:
    student = read_student(inputs.student.folder, direction=inputs.direction)
    set_dropout(student.model, RATE)
    return student


def _sway(student: AnyStudent, window: list[Hypothesis], inputs: DropoutInputs, number: int) -> list[float]:
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(inputs.seed + number)
        samples = [
            score_hypotheses(student, window, protection=inputs.protection, sampled=True) for _ in range(SAMPLES)
        ]
    deviations: list[float] = (-np.std(samples, axis=0)).tolist()
    return deviations


def set_dropout(model: Any, rate: float) -> None:
    """Every layer of the model that can leave something out does so at this rate when it trains."""
    for module in model.modules():
        for name in _RATES:
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, rate)


DROPOUTS = Stage("dropouts", 2, Certainty, measure_dropout, resumes=True)
