"""What a step's evidence says of abilities, a row for each: before, after, and what was kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tutelage.core.evidence import Comparison, Score, SystemScores
from tutelage.evaluation.figures import format_detectable, format_p, format_signed, format_value, measure_label
from tutelage.evaluation.retention.names import (
    DRIFT,
    ENDS,
    MEAN,
    OVERALL,
    TEST,
    ability_of,
    describe_ability,
    is_ability,
    retention_score,
)

NO_RATIO = "no ratio: too little before"


@dataclass(frozen=True, slots=True)
class AbilityRow:
    """One ability, or all of them together."""

    label: str
    before: Score
    after: Score
    comparison: Comparison | None
    retention: Score | None
    """None if the student that came in passed too few items."""

    @property
    def is_mean(self) -> bool:
        """Whether it is the row over all abilities."""
        return self.before.name == MEAN

    @property
    def change(self) -> str:
        """`−2.0 (−6.1 to +1.9, p = 0.31, detectable 5.7)`; empty if nothing was compared."""
        one = self.comparison
        if one is None:
            return ""
        difference = format_signed(one.difference, name=one.name)
        if not one.tells:
            return f"{difference} (too few items to tell)"
        low, high = (format_signed(end, name=one.name) for end in (one.low, one.high))
        return f"{difference} ({', '.join([f'{low} to {high}', format_p(one.p_value), *format_detectable(one)])})"

    @property
    def kept(self) -> str:
        """`0.960 (0.871 to 1.040)`, or why there is no ratio."""
        return format_interval(self.retention) if self.retention else NO_RATIO


def ability_rows(
    systems: Sequence[SystemScores], comparisons: Sequence[Comparison], *, names: tuple[str, str] = ("before", "after")
) -> tuple[AbilityRow, ...]:
    """A row for each ability that both students have a score of, and one over all; empty if none was measured."""
    before, after = (_scores(systems, name) for name in names)
    compared = {one.name: one for one in comparisons if one.test == TEST}
    return tuple(
        AbilityRow(
            label=measure_label(name, test=TEST),
            before=score,
            after=after[name],
            comparison=compared.get(name),
            retention=after.get(OVERALL if name == MEAN else retention_score(ability_of(name))),
        )
        for name, score in before.items()
        if name in after and (is_ability(name) or name == MEAN)
    )


def describe_retention(systems: Sequence[SystemScores], *, names: tuple[str, str] = ("before", "after")) -> str | None:
    """`retention 0.955 (0.910 to 0.990) over facts, arithmetic`, what has no ratio, the drift; `None`: not measured."""
    before, after = (_scores(systems, name) for name in names)
    if not before or not after:
        return None
    abilities = [ability_of(name) for name in before if is_ability(name)]
    without = [one for one in abilities if retention_score(one) not in after]
    left_out = f"; {NO_RATIO} in {', '.join(map(describe_ability, without))}" if without else ""
    drift = f"; drift {format_interval(after[DRIFT])}" if DRIFT in after else ""
    drift += f", at the ends of answers {format_interval(after[ENDS])}" if ENDS in after else ""
    overall = after.get(OVERALL)
    if overall is None:
        return f"retention: {NO_RATIO} in every ability{drift}"
    over = ", ".join(describe_ability(one) for one in abilities if one not in without)
    return f"retention {format_interval(overall)} over {over}{left_out}{drift}"


def format_interval(score: Score) -> str:
    """`0.955 (0.910 to 0.990)`; of a drift `0.170 (0.150 to 0.190) nats a token`."""
    value, _, unit = format_value(score.value, name=score.name).partition(" ")
    if score.low is not None and score.high is not None:
        low, high = (format_value(end, name=score.name).partition(" ")[0] for end in (score.low, score.high))
        value = f"{value} ({low} to {high})"
    return f"{value} {unit}".rstrip()


def _scores(systems: Sequence[SystemScores], name: str) -> dict[str, Score]:
    found = (one for one in systems if (one.system, one.test) == (name, TEST))
    return {score.name: score for one in found for score in one.scores}
