"""What a step comes to: the student it made, the evidence on it, and what it will need before it begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.evidence import Comparison, GateDecision, Omission, SystemScores
from tutelage.core.records import Example, Feedback, Rejection
from tutelage.core.training import TrainingSummary
from tutelage.evaluation.off_target.confusion import Confusion
from tutelage.evaluation.report_data import AskedView, FunnelRow
from tutelage.stages.checks.asked import Asked
from tutelage.storage.stages import StageTable


@dataclass(frozen=True, slots=True)
class Evidence:
    """What both students and the teacher were measured at, and what the gate made of it."""

    systems: tuple[SystemScores, ...]
    comparisons: tuple[Comparison, ...]
    gate: GateDecision
    confusions: tuple[Confusion, ...] = ()
    omissions: tuple[Omission, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnEvidence:
    """What a method has measured on a test set of its own, besides the recipe's."""

    systems: tuple[SystemScores, ...]
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What a step made."""

    student: Path
    examples: StageTable[Example]
    training: TrainingSummary
    funnel: tuple[FunnelRow, ...]
    rejections: tuple[Iterable[Rejection], ...]
    """Tables of what was not used; iterable again and again."""
    feedback: StageTable[Feedback] | None = None
    """The corrections, for methods that make some."""
    evidence: Evidence | None = None
    """Of methods whose student does not translate; with `None` it is measured on the test sets."""
    also: OwnEvidence | None = None
    """What was measured besides the test sets, to be decided on with them."""
    decisions: tuple[str, ...] = ()
    """What the step has decided by itself, and why, each in a sentence for the report."""
    asked: AskedView | None = None
    """How the part of the pool was chosen that teachers were asked about."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a step will need, before anything is loaded or paid."""

    pool_segments: int
    asked: tuple[Asked, ...]
    """What is asked of teachers, if nothing of it is known to the ledger."""
    training_examples: int
    minutes: float
    notes: tuple[str, ...] = ()
    """What should be known before, each beginning with the key of the step that it is about."""

    @property
    def teacher_calls(self) -> int:
        """Questions, without those that are posed again."""
        return sum(one.calls for one in self.asked)
