"""What a report says of a choice: what was asked about and why, and how the student was wrong on it."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import fmean

from tutelage.core.counts import counted
from tutelage.evaluation.report_data import AskedExample, AskedStrategy, AskedView, PilotView
from tutelage.stages.selection.chosen import Chosen
from tutelage.stages.selection.pilot import Learned, Pilot, StudentError
from tutelage.stages.selection.strategies import Strategy

SHOWN = 8
"""Segments, those that were asked about first after the pilot."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a choice before the teacher has answered about all of it."""

    view: AskedView
    pilot: Pilot | None

    @classmethod
    def of(cls, chosen: Iterable[Chosen], *, pool: int, strategies: tuple[Strategy, ...], pilot: Pilot | None) -> Asked:
        """Of what was chosen from so many segments."""
        drawn = frozenset(one.id for one in pilot.segments) if pilot else frozenset()
        tokens = segments = 0
        first: list[tuple[int, AskedExample]] = []
        for one in chosen:
            tokens, segments = tokens + one.tokens, segments + 1
            if one.segment.id not in drawn:
                heapq.heappush(first, (-one.rank, AskedExample(one.segment.text, one.reason)))
                if len(first) > SHOWN:
                    heapq.heappop(first)
        examples = tuple(example for _, example in sorted(first, key=lambda item: -item[0]))
        view = AskedView(pool, segments, tokens, _strategies(strategies, pilot), examples, _pilot_view(pilot))
        return cls(view, pilot)

    @property
    def decisions(self) -> tuple[str, ...]:
        """What was decided and why, in sentences."""
        view = self.view
        names = ", ".join(one.name for one in view.strategies)
        how = "; and ".join(one.idea for one in view.strategies)
        if view.pilot is not None:
            how = "as a pilot taught" if view.pilot.tells else "drawn at random, as a pilot taught nothing"
        said = (
            f"ask.strategy = {names}: teachers were asked about {view.segments:,} of {counted(view.pool, 'segment')} "
            f"(about {counted(view.tokens, 'token')} of source), {how}. `chosen.parquet` tells why each."
        )
        return (said,) if view.pilot is None else (said, _describe(view.pilot))


def show_asked(asked: Asked, errors: Iterable[StudentError] | None = None) -> AskedView:
    """The view, with the student's mean error on what was chosen after the pilot, if that was measured."""
    if errors is None or asked.pilot is None or asked.view.pilot is None:
        return asked.view
    drawn = frozenset(one.id for one in asked.pilot.segments)
    rest = [one.error for one in errors if one.id not in drawn]
    if not rest:
        return asked.view
    return replace(asked.view, pilot=replace(asked.view.pilot, rest=len(rest), rest_error=fmean(rest)))


def _strategies(strategies: tuple[Strategy, ...], pilot: Pilot | None) -> tuple[AskedStrategy, ...]:
    if pilot is None:
        return tuple(AskedStrategy(one.signature, one.idea) for one in strategies)
    return tuple(
        AskedStrategy(one.name, one.idea, one.alone.value, one.alone.low, one.alone.high, one.weight)
        for one in pilot.learned.features
    )


def _pilot_view(pilot: Pilot | None) -> PilotView | None:
    return None if pilot is None else _learned_view(pilot.learned)


def _learned_view(learned: Learned) -> PilotView:
    predicts = learned.model.predicts
    error = learned.model.mean
    return PilotView(learned.segments, error, predicts.value, predicts.low, predicts.high, learned.tells)


def _describe(pilot: PilotView) -> str:
    what = "was chosen by it" if pilot.tells else "was drawn at random, since that may be chance"
    return (
        f"ask.pilot: on {counted(pilot.segments, 'segment')} drawn at random the student's error is {pilot.error:.2f} "
        f"(1 − chrF); what the strategies predict goes with it by a rank correlation of {pilot.predicts:.2f} (95 % "
        f"interval {pilot.low:.2f} to {pilot.high:.2f}), so the rest {what}."
    )
