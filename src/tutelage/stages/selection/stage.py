"""What of the pool a step asks teachers about: the stages in their order, and what the report says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tutelage.core.counts import counted
from tutelage.core.errors import CorpusError
from tutelage.core.records import Pair, Segment
from tutelage.evaluation.report_data import AskedView, FunnelRow
from tutelage.stages.context import StepContext
from tutelage.stages.selection.certainty import AGREEMENTS, CONFIDENCES, AgreementInputs, ConfidenceInputs
from tutelage.stages.selection.chosen import CHOSEN, DRAWN, Chosen, ChosenInputs, DrawnInputs
from tutelage.stages.selection.dropout import DROPOUTS, DropoutInputs
from tutelage.stages.selection.neighbours import NEIGHBOURS, NeighboursInputs
from tutelage.stages.selection.pilot import Pilot, PilotInputs, errors_stage, pilot_stage
from tutelage.stages.selection.scores import SCORES, ScoresInputs
from tutelage.stages.selection.settings import AskSettings
from tutelage.stages.selection.strategies import Candidates, Strategy, load_strategy
from tutelage.stages.selection.view import Asked, show_asked
from tutelage.stages.translations import HYPOTHESES, HypothesesInputs
from tutelage.storage.stages import StageTable


@dataclass(frozen=True, slots=True)
class Drawn:
    """The part of the pool that teachers are asked about, and what the report says of it."""

    segments: StageTable[Segment]
    funnel: tuple[FunnelRow, ...] = ()
    asked: Asked | None = None
    """`None` if that is the whole pool."""
    pilot: Pilot | None = None

    @property
    def decisions(self) -> tuple[str, ...]:
        """What was decided and why, in sentences."""
        return () if self.asked is None else self.asked.decisions

    def view(self, context: StepContext, translations: StageTable[Pair] | None) -> AskedView | None:
        """For the report, with how wrong the student was on what was chosen if the teacher has translated that."""
        if self.asked is None:
            return None
        if self.pilot is None or translations is None:
            return show_asked(self.asked)
        errors = errors_stage(context, self.segments, translations, of="asked")
        return show_asked(self.asked, errors)


def drawn_stage(
    context: StepContext, pool: StageTable[Segment], ask: AskSettings | None, *, teacher: str | None
) -> Drawn:
    """What of the pool teachers are asked about, as the recipe says; all of it without a word of it.

    `teacher` translates the pilot, if there is one.
    """
    if ask is None:
        return Drawn(pool)
    strategies, folder = tuple(map(load_strategy, ask.names)), context.folder
    scores = folder.make(SCORES, ScoresInputs(_candidates(context, pool, strategies, ask), strategies, ask))
    inputs, pilot = ChosenInputs(pool, scores, strategies, ask), None
    if ask.pilot is not None:
        pilot = pilot_stage(context, PilotInputs(pool, scores, ask), strategies, teacher=teacher)
        inputs = replace(inputs, pilot=pilot.segments, learned=pilot.learned)
    chosen = folder.make(CHOSEN, inputs)
    _require_any(chosen, pool)
    drawn = folder.make(DRAWN, DrawnInputs(chosen))
    funnel = (FunnelRow("chosen to be asked about", drawn.rows),)
    return Drawn(drawn, funnel, Asked.of(chosen, pool=pool.rows, strategies=strategies, pilot=pilot), pilot)


def _candidates(
    context: StepContext, pool: StageTable[Segment], strategies: Sequence[Strategy], ask: AskSettings
) -> Candidates:
    """With the tables that the strategies read, made by the student that comes in."""
    read = frozenset[str]().union(*(one.reads for one in strategies))
    student, folder, seed = context.decoder(context.student), context.folder, context.recipe.seed
    found = Candidates(pool, 1.0, seed, context.texts.text("parallel") if "known" in read else None)
    if read & {"confidences", "dropouts"}:
        hypotheses = folder.make(HYPOTHESES.named("pool_hypotheses"), HypothesesInputs(pool, student))
        scored = (hypotheses, student.weights, student.direction, student.protection)
        if "confidences" in read:
            found = replace(found, confidences=folder.make(CONFIDENCES, ConfidenceInputs(*scored)))
        if "dropouts" in read:
            found = replace(found, dropouts=folder.make(DROPOUTS, DropoutInputs(*scored, seed)))
    if "agreements" in read:
        found = replace(found, agreements=folder.make(AGREEMENTS, AgreementInputs(pool, student)))
    if "neighbours" in read:
        found = replace(found, neighbours=folder.make(NEIGHBOURS, NeighboursInputs(pool, ask.embedder, seed)))
    return found


def _require_any(chosen: StageTable[Chosen], pool: StageTable[Segment]) -> None:
    """CorpusError if nothing is to be asked about."""
    if not chosen.rows:
        raise CorpusError(
            f"nothing of the pool, {counted(pool.rows, 'segment')}, fits into what may be asked about.",
            where="ask",
            fix="Raise ask.share, ask.segments or ask.tokens.",
        )
