"""The frontier of a domain: what each arm gains for the tokens that its teacher was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.claims.claim.run import read_training, step_folder
from benchmarks.claims.claim.scores import ArmRuns, Resampled, read_outputs, read_references, resample_chrf
from benchmarks.claims.economy.arms import CONTROL, FULL, PATCHING
from tutelage.core.records import Pair
from tutelage.stages.selection.scores import count_tokens
from tutelage.storage.tables import read_table

ENOUGH = 0.95
"""Of the full gain."""
CHEAP = 10
"""Per cent of the full cost at which the goal wants it."""


@dataclass(frozen=True, slots=True)
class Point:
    """An arm at a price."""

    name: str
    percent: int
    """Of the pool's translation cost, as the arm was allowed."""
    cost: Mapping[str, float]
    """Teacher tokens, examples, updates: means over the seeds."""
    gain: Resampled
    """ChrF of the domain's test set, over the base student."""
    general: Resampled
    """The same on general text."""

    @property
    def family(self) -> str:
        """The arm without its price."""
        return self.name.rpartition(" ")[0] if self.name.endswith("%") else self.name


def read_cost(folder: Path) -> dict[str, float]:
    """What a finished run trained on, and about how many tokens its teacher read and wrote (4 bytes each).

    Those count too that the ledger had already: an arm costs what it would cost alone.
    """
    step = step_folder(folder)
    asked = list(read_table(step / "translations.parquet", Pair))
    asked += read_references(folder, "dev") if (step / "threshold.json").is_file() else []
    tokens = sum(count_tokens(pair.source) + count_tokens(pair.target) for pair in asked)
    return {**read_training(folder), "tokens": float(tokens)}


def measure_points(arms: Sequence[ArmRuns]) -> list[Point]:
    """The arms with their gains, over resamples that all of them share."""
    folder = arms[0].folders[0]
    texts = {test: read_references(folder, use) for test, use in (("domain", "test"), ("general", "general"))}
    base = {test: resample_chrf([read_outputs(folder, test, "before")], pairs) for test, pairs in texts.items()}
    return [_point(arm, texts, base) for arm in arms]


def _point(arm: ArmRuns, texts: Mapping[str, list[Pair]], base: Mapping[str, Resampled]) -> Point:
    gains = {
        test: resample_chrf([read_outputs(one, test, "after") for one in arm.folders], pairs).minus(base[test])
        for test, pairs in texts.items()
    }
    last = arm.name.rpartition(" ")[2]
    percent = int(last[:-1]) if last.endswith("%") else 100
    cost = {name: arm.cost(name) for name in ("tokens", "examples", "updates")}
    return Point(arm.name, percent, cost, gains["domain"], gains["general"])


def render_frontier(domain: str, points: Sequence[Point], *, told: str) -> str:
    """Markdown: a row for each arm at each price, and what the goals come to."""
    full = next((one for one in points if one.name == FULL), None)
    rows = [_row(one, full, control_of(one, points)) for one in sorted(points, key=lambda one: one.percent)]
    header = (
        "| arm | teacher tokens | of the full cost | chrF gain (95 % interval) | of the full gain "
        "| over random at equal tokens | general chrF | examples | updates |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    return "\n".join([f"### {domain}", "", header, *rows, "", *judge(points), "", told])


def control_of(point: Point, points: Sequence[Point]) -> Point | None:
    """The random draw at the same price; `None` for a draw itself, and for what is asked about all of the pool."""
    wanted = f"{CONTROL} {point.percent}%"
    return next((one for one in points if one.name == wanted and one is not point), None)


def share_of(point: Point, full: Point | None) -> float | None:
    """Of the full gain; `None` if that may be chance, and so is nothing to take a share of."""
    return point.gain.value / full.gain.value if full is not None and _clear(full.gain, 1) else None


def _row(point: Point, full: Point | None, control: Point | None) -> str:
    of_cost = "" if full is None else f"{point.cost['tokens'] / full.cost['tokens']:.0%}"
    share = share_of(point, full)
    of_gain = "" if share is None else f"{share:.0%}"
    over = "" if control is None else point.gain.minus(control.gain).signed
    return (
        f"| {point.name} | {point.cost['tokens']:,.0f} | {of_cost} | {point.gain.signed} | {of_gain} | {over} "
        f"| {point.general.signed} | {point.cost['examples']:,.0f} | {point.cost['updates']:,.0f} |"
    )


def judge(points: Sequence[Point]) -> Iterator[str]:
    """Each goal in a line: held or not, and by which arm; nothing is said of what was not run."""
    full = next((one for one in points if one.name == FULL), None)
    compared = [(one, control) for one in points if (control := control_of(one, points)) is not None]
    families = dict.fromkeys(one.family for one, _ in compared)
    for family in families:
        differences = [one.gain.minus(control.gain) for one, control in compared if one.family == family]
        worse, better = (sum(_clear(one, sign) for one in differences) for sign in (-1, 1))
        yield f"- {family}: clearly better than random at {better} of {len(differences)} prices, worse at {worse}."
    for one in points:
        share = share_of(one, full)
        if share is not None and one.percent == CHEAP and one.family != PATCHING:
            verdict = "reached" if share >= ENOUGH else "not reached"
            yield f"- {one.name}: {share:.0%} of the full gain; the goal of {ENOUGH:.0%} at {CHEAP} % is {verdict}."


def _clear(difference: Resampled, sign: int) -> bool:
    """Whether the whole interval is on one side of 0."""
    low, high = difference.ends
    return low > 0 if sign > 0 else high < 0
