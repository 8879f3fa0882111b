"""The stages `rationales` and `rehearsed`: examples in, the same examples with rationales out.

Any step can put them between its examples and its training.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from tutelage.core.errors import StudentError
from tutelage.core.protocols import LanguageIdentifier
from tutelage.core.records import Example, Rejection
from tutelage.core.stage import Stage, Work
from tutelage.evaluation.report_data import FunnelRow
from tutelage.stages.context import StepContext
from tutelage.stages.rehearsal.asked import asked_stage
from tutelage.stages.rehearsal.eliciting import elicited_stage
from tutelage.stages.rehearsal.filters import STOPPED, find_rationale_fault
from tutelage.stages.rehearsal.rationale import STAGE, Rationale, trainable_part
from tutelage.stages.rehearsal.settings import RationaleFilterSettings, RationaleSettings
from tutelage.storage.stages import StageFolder, StageTable

NO_ROOM = "no_room"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Examples with rationales, and the table of what was written for them."""

    rationales: StageTable[Rationale]
    examples: StageTable[Example]

    def rejections(self) -> Iterator[Rejection]:
        """Rationales that were not used, each with its reason; their examples are trained on all the same."""
        return chain(self.rationales.rejections(), self.examples.rejections())

    def count_funnel(self) -> tuple[FunnelRow, ...]:
        """How many were asked for, and how many are trained on."""
        refused = sum(1 for _ in self.rationales.rejections())
        carried = [example for example in self.examples if example.rationale]
        return (
            FunnelRow("asked for a rationale", self.rationales.rows + refused),
            FunnelRow("trained with a rationale", len(carried)),
            FunnelRow("of these cut off, so that no end is trained", sum(example.cut for example in carried)),
        )


def rehearse(
    context: StepContext,
    examples: StageTable[Example],
    *,
    settings: RationaleSettings,
    folder: StageFolder,
    student: Path,
    draw: int = 0,
) -> Rehearsal:
    """The examples, a `fraction` of them with a rationale; StudentError if nothing came of it.

    An example whose rationale is empty or dropped keeps its target alone, and is counted as a rejection.
    """
    rationales = _rationales_stage(context, examples, settings=settings, folder=folder, student=student, draw=draw)
    identifier = None if settings.filters.languages is None else context.identifier
    rehearsed = folder.make(REHEARSED, RehearsedInputs(examples, rationales, settings.filters, identifier))
    rehearsal = Rehearsal(rationales, rehearsed)
    _require_rationales(rehearsal, settings)
    return rehearsal


def _rationales_stage(
    context: StepContext,
    examples: StageTable[Example],
    *,
    settings: RationaleSettings,
    folder: StageFolder,
    student: Path,
    draw: int,
) -> StageTable[Rationale]:
    if settings.source == "teacher":
        return asked_stage(context, examples, settings=settings, folder=folder)
    writer = student
    if settings.source == "other":
        from tutelage.students.loading import locate_student

        writer = locate_student(settings.model or "")
    return elicited_stage(context, examples, settings=settings, folder=folder, writer=writer, draw=draw)


@dataclass(frozen=True, slots=True)
class RehearsedInputs:
    """Examples, the rationales written for them, and which of these are trained on."""

    examples: StageTable[Example]
    rationales: StageTable[Rationale]
    filters: RationaleFilterSettings
    identifier: LanguageIdentifier | None
    """`None` if no filter looks at languages."""


def join_rationales(inputs: RehearsedInputs, _: Work) -> Iterator[Example | Rejection]:
    """The examples, with a rationale if one can be trained on."""
    written = {rationale.id: rationale for rationale in inputs.rationales}
    for example in inputs.examples:
        rationale = written.get(example.id)
        if rationale is None:
            yield example
        else:
            yield from _joined(example, rationale, inputs)


REHEARSED = Stage("rehearsed", 2, Example, join_rationales)


def _joined(example: Example, rationale: Rationale, inputs: RehearsedInputs) -> Iterator[Example | Rejection]:
    part = trainable_part(rationale)
    fault = find_rationale_fault(part.text, example, inputs.filters, identifier=inputs.identifier)
    if fault is None:
        yield replace(example, rationale=part.text, cut=part.cut)
        return
    yield example
    reason = NO_ROOM if fault == STOPPED and not rationale.finished else fault
    yield Rejection(rationale.id, STAGE, reason, raw=rationale.text, provenance=rationale.provenance)


def _require_rationales(rehearsal: Rehearsal, settings: RationaleSettings) -> None:
    if any(example.rationale for example in rehearsal.examples):
        return
    reasons = Counter(rejection.reason for rejection in rehearsal.rejections())
    told = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common()) or "no example could have one"
    fix = "Set rationales.source to another writer, lower the filters, or set rationales.fraction = 0 to do without."
    if settings.elicit == "bare":
        fix = 'Set rationales.elicit = "separator", so that a blank line invites the student to go on; or: ' + fix
    raise StudentError(
        f"not one of the examples got a rationale ({told}), so there is nothing to rehearse.",
        where=str(rehearsal.examples.path.parent),
        fix=fix,
    )
