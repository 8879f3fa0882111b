"""Training of any step, with rationales or without, in one part or in several with rationales written anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tutelage.core.records import Example, Rejection
from tutelage.core.settings import CorrectionSettings, TrainSettings
from tutelage.core.training import MOST_LOSS, TrainingSummary, Unlikelihood
from tutelage.evaluation.report_data import FunnelRow
from tutelage.stages.context import StepContext
from tutelage.stages.rehearsal.rehearsed import rehearse
from tutelage.stages.rehearsal.settings import RationaleSettings
from tutelage.stages.student import read_summary, student_stage
from tutelage.storage.stages import StageFolder, StageTable


@dataclass(frozen=True, slots=True)
class Tuned:
    """A trained student, and what rehearsal adds to the outcome of a step."""

    student: Path
    examples: StageTable[Example]
    """What it was trained on, of several parts in the last one."""
    training: TrainingSummary
    funnel: tuple[FunnelRow, ...] = ()
    rejections: tuple[Iterable[Rejection], ...] = ()
    is_measured: bool = False
    """Whether the dev text has chosen how far to go from the old weights."""

    @property
    def decisions(self) -> tuple[str, ...]:
        """What was decided in training, for the report."""
        if not self.is_measured or self.training.blend is None:
            return ()
        share, wanted = self.training.blend, self.training.wanted_blend
        told = f"train.blend = {share:g}: so far on the way from the old weights to the new"
        if wanted is None:
            return (f"{told} chrF on the dev text is best",)
        return (f"{told} general_dev loses no more than {MOST_LOSS:g} chrF; the dev text alone would go {wanted:g}",)


def tune_with_rationales(
    context: StepContext,
    examples: StageTable[Example],
    *,
    settings: TrainSettings,
    rationales: RationaleSettings | None,
    folder: StageFolder,
    student: Path,
    backbone: Path | None = None,
    unlikelihood: Unlikelihood | None = None,
    corrections: CorrectionSettings | None = None,
    watched: StageTable[Example] | None = None,
) -> Tuned:
    """`student` trained on `examples`, which get rationales first if the recipe wants them.

    All of them are of `backbone` (`None`: the student as it comes in), not of what training has made of it: they
    rehearse what it was.
    """
    train = partial(student_stage, context, unlikelihood=unlikelihood, corrections=corrections, watched=watched)
    if rationales is None or rationales.fraction == 0:
        trained = train(examples, train=settings, folder=folder, student=student)
        return Tuned(trained, examples, read_summary(trained), is_measured=isinstance(settings.blend, str))
    parts = rationales.refresh + 1
    students, rejections, funnel = [student], list[Iterable[Rejection]](), list[FunnelRow]()
    for number in range(1, parts + 1):
        place = folder if parts == 1 else folder.inner(f"part-{number}")
        writer, draw = backbone or student, number - 1
        rehearsal = rehearse(context, examples, settings=rationales, folder=place, student=writer, draw=draw)
        part = part_of_training(settings, number=number, parts=parts, seed=context.recipe.seed)
        trained = train(rehearsal.examples, train=part, folder=place, student=students[-1])
        students.append(trained)
        rejections.append(rehearsal.rejections())
        funnel += _labelled(rehearsal.count_funnel(), number=number, parts=parts)
    summary = join_summaries([read_summary(one) for one in students[1:]])
    return Tuned(
        students[-1], rehearsal.examples, summary, tuple(funnel), tuple(rejections), isinstance(settings.blend, str)
    )


def part_of_training(train: TrainSettings, *, number: int, parts: int, seed: int) -> TrainSettings:
    """Settings of one of several equal parts of a training; each part has its own schedule and its own order."""
    if parts == 1:
        return train
    changes = {
        "epochs": None if train.epochs is None else train.epochs / parts,
        "max_updates": None if train.max_updates is None else _equal_part(train.max_updates, number, parts),
        "seed": (seed if train.seed is None else train.seed) + number - 1,
    }
    return train.model_copy(update=changes)


def _equal_part(updates: int, number: int, parts: int) -> int:
    """So that all together are as many; one at least."""
    return max(1, updates * number // parts - updates * (number - 1) // parts)


def join_summaries(summaries: Sequence[TrainingSummary]) -> TrainingSummary:
    """The parts of a training as one: updates, tokens and seconds added, the curves laid end to end.

    Scores of the dev text are those of the last part, which alone decide about the weights that are kept.
    """
    before, losses, last = 0, [], summaries[-1]
    for summary in summaries:
        scored = summary is last
        losses += [
            replace(point, update=point.update + before, dev_score=point.dev_score if scored else None)
            for point in summary.losses
        ]
        before += summary.updates
    return replace(
        last,
        updates=before,
        target_tokens=sum(summary.target_tokens for summary in summaries),
        seconds=sum(summary.seconds for summary in summaries),
        losses=tuple(losses),
    )


def _labelled(rows: Sequence[FunnelRow], *, number: int, parts: int) -> list[FunnelRow]:
    return [replace(row, label=f"{row.label}, part {number}") for row in rows] if parts > 1 else list(rows)
