"""What a report tells: plain records that a run fills in; nothing here knows how the page looks."""

from __future__ import annotations

from dataclasses import dataclass

from tutelage.core.evidence import Comparison, GateDecision, Omission, SystemScores
from tutelage.core.languages import Direction
from tutelage.core.records import ErrorSpan
from tutelage.core.training import LossPoint
from tutelage.evaluation.off_target.confusion import Confusion


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """How many were left at one point of the way from the pool to the training set; the first row is the whole."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class SpendRow:
    """What one teacher was asked in one role."""

    role: str
    model: str
    calls: int
    """Calls that were sent."""
    replayed: int
    """Calls that the ledger answered."""
    input_tokens: int
    output_tokens: int
    cost_dollars: float
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class AskedBy:
    """What one stage asked teachers for, and what came of it."""

    stage: str
    answers: int
    """That were asked for, or taken from the ledger."""
    tokens: int
    """Of the calls that were sent; 0 of an engine, which has none."""
    rows: int
    """Of the stage's table."""


@dataclass(frozen=True, slots=True)
class RejectionCount:
    """How many a stage did not use for one reason, with the raw text of one of them."""

    stage: str
    reason: str
    count: int
    example: str = ""


@dataclass(frozen=True, slots=True)
class PatchView:
    """One correction, from the mistake to what the student writes now."""

    source: str
    hypothesis: str
    errors: tuple[ErrorSpan, ...]
    post_edit: str | None
    after: str | None = None
    """The new student's output for the source."""
    reference: str | None = None
    note: str = ""
    """Where it comes from, such as the segment's id and document."""


@dataclass(frozen=True, slots=True)
class AskedStrategy:
    """One strategy by which segments were chosen, and what a pilot says of it."""

    name: str
    idea: str
    correlation: float | None = None
    """Of its scores with the student's error; none without a pilot."""
    low: float | None = None
    high: float | None = None
    weight: float | None = None
    """In what the pilot taught: error from the middle of the pool to the segment with the highest score."""


@dataclass(frozen=True, slots=True)
class AskedExample:
    """A segment that was asked about, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class PilotView:
    """What a few segments drawn at random taught of the student's error (1 − chrF to the teacher's translation)."""

    segments: int
    error: float
    """Mean, on the pilot."""
    predicts: float
    """Rank correlation of errors with what is predicted without them, and its 95 % interval."""
    low: float
    high: float
    tells: bool
    """Whether the rest was chosen by it, or else at random."""
    rest: int = 0
    """Segments of the rest that the teacher has translated."""
    rest_error: float | None = None
    """Mean error on them; none if it was not measured."""


@dataclass(frozen=True, slots=True)
class AskedView:
    """What of the pool teachers were asked about, and why."""

    pool: int
    segments: int
    tokens: int
    """Of their sources, about."""
    strategies: tuple[AskedStrategy, ...]
    examples: tuple[AskedExample, ...] = ()
    """Those asked about first, without the pilot."""
    pilot: PilotView | None = None


@dataclass(frozen=True, slots=True)
class StageTime:
    """How long one stage ran."""

    stage: str
    seconds: float
    began: float | None = None
    """By the clock of the day, in seconds; `None` if that was not noted."""


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step: what went in, what came out, and what the gate made of it."""

    number: int
    method: str
    gate: GateDecision
    systems: tuple[SystemScores, ...]
    """Systems named before, after and teacher, each on every test set."""
    comparisons: tuple[Comparison, ...]
    funnel: tuple[FunnelRow, ...] = ()
    spend: tuple[SpendRow, ...] = ()
    rejections: tuple[RejectionCount, ...] = ()
    patches: tuple[PatchView, ...] = ()
    losses: tuple[LossPoint, ...] = ()
    stage_times: tuple[StageTime, ...] = ()
    confusions: tuple[Confusion, ...] = ()
    """The languages of the outputs, by system, test set and direction."""
    omissions: tuple[Omission, ...] = ()
    """What was to be measured and could not be."""
    decisions: tuple[str, ...] = ()
    """What the step has decided by itself, and why."""
    asked_by: tuple[AskedBy, ...] = ()
    """The stages that asked teachers, in their order."""
    asked: AskedView | None = None
    """What of the pool teachers were asked about; `None` if that is all of it."""


@dataclass(frozen=True, slots=True)
class Readings:
    """How often a test set was read for a choice."""

    gates: int
    """Steps whose gate decided by it."""
    runs: int
    """Runs that these steps are of."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """A whole run."""

    name: str
    created: str
    """Date and time as they should be read."""
    version: str
    verdict: str
    direction: Direction
    student: str
    teacher: str
    steps: tuple[StepReport, ...]
    recipe_toml: str
    reproduce_command: str
    machine: str
    review_command: str = ""
    """What puts the student's outputs before a translator; empty for one that does not translate."""
    comparisons: tuple[Comparison, ...] = ()
    """The last promoted student against the first; empty if none passed, and for a run of one step, whose own
    comparisons say it."""
    note: str = ""
    """What the recipe's author says beside the verdict."""
    readings: Readings = Readings(0, 0)
    """Of the test set, by this run and the others in the same folder of runs."""
