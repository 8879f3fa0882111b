"""The tables of the paraphrase claim: systems, levels of diversity, speed, and what was shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.claims.claim.tables import describe_run, join_blocks
from tutelage.core.evidence import Comparison, Score, SystemScores

MEASURES = ("combined", "meaning", "fluency", "lexical", "syntactic", "candidates")
MUST_LOSE = ("copy", "swapped", "shuffled")
STUDENT = "after, greedy"
MEANING_FLOOR, MAY_LOSE, FASTER = 80.0, 4.0, 10.0


@dataclass(frozen=True, slots=True)
class LevelScores:
    """The student asked for one level, and the comparison with the level below it."""

    level: str
    scores: SystemScores
    above: Sequence[Comparison]


@dataclass(frozen=True, slots=True)
class Speed:
    """Sentences a second by system, a list over rounds, and the student's size."""

    rates: Mapping[str, Sequence[float]]
    parameters: int


def render_tables(scored: Sequence[SystemScores], levels: Sequence[LevelScores], speed: Speed, *, folder: Path) -> str:
    """Markdown."""
    systems = {one.system: one for one in scored}
    blocks = (
        _systems(systems),
        _levels(levels),
        _speed(speed),
        _shown(systems, levels, speed),
        _describe(folder, systems),
    )
    return join_blocks(blocks)


def _systems(systems: Mapping[str, SystemScores]) -> Iterator[str]:
    measures = [name for name in MEASURES if any(_find(one, name) for one in systems.values())]
    yield f"| system | {' | '.join(measures)} | n |"
    yield f"|---|{'---|' * len(measures)}---|"
    for name, system in systems.items():
        cells = [_cell(_find(system, measure)) for measure in measures]
        yield f"| {name} | {' | '.join(cells)} | {system.scores[0].n} |"


def _levels(levels: Sequence[LevelScores]) -> Iterator[str]:
    yield "| asked for | lexical distance | more than the level below | meaning | combined |"
    yield "|---|---|---|---|---|"
    for one in levels:
        lexical, meaning, combined = (one.scores.score(name).value for name in ("lexical", "meaning", "combined"))
        yield f"| {one.level} | {lexical:.1f} | {_step_up(one)} | {meaning:.1f} | {combined:.1f} |"


def _step_up(one: LevelScores) -> str:
    found = [each for each in one.above if each.name == "lexical"]
    if not found:
        return ""
    (change,) = found
    return f"{change.difference:+.1f} ({change.low:+.1f} to {change.high:+.1f}, p = {change.p_value:.3f})"


def _speed(speed: Speed) -> Iterator[str]:
    yield "| system | sentences/s, median of the rounds | times the teacher |"
    yield "|---|---|---|"
    teacher = speed.rates["teacher"]
    for name, rates in speed.rates.items():
        ratio = median(mine / other for mine, other in zip(rates, teacher, strict=True))
        yield f"| {name} | {median(rates):,.0f} | {ratio:.1f}× |"


def _shown(systems: Mapping[str, SystemScores], levels: Sequence[LevelScores], speed: Speed) -> Iterator[str]:
    student, teacher = (systems[name].score("combined").value for name in (STUDENT, "teacher"))
    relative = 100 * (student / teacher - 1)
    yield (
        f"- Combined score against the teacher's: {relative:+.1f} % (goal: no more than −{MAY_LOSE:g} %): "
        + _verdict(relative >= -MAY_LOSE)
    )
    ratio = median(a / b for a, b in zip(speed.rates["student, greedy"], speed.rates["teacher"], strict=True))
    yield (
        f"- Speed: {ratio:.1f}× the teacher's, greedy, with {speed.parameters / 1e6:.1f} million weights: "
        + _verdict(ratio >= FASTER)
    )
    combined = {name: one.score("combined").value for name, one in systems.items()}
    worst = max(combined.pop(name) for name in MUST_LOSE if name in combined)
    yield f"- Copying and words in a wrong order come out last: {_verdict(worst < min(combined.values()))}"
    rising = all(each.low > 0 for one in levels for each in one.above if each.name == "lexical")
    kept = all(one.scores.score("meaning").value >= MEANING_FLOOR for one in levels)
    levels_hold = _verdict(rising and kept)
    yield f"- Each level goes further than the one below, at a meaning of {MEANING_FLOOR:g} or more: {levels_hold}"


def _describe(folder: Path, systems: Mapping[str, SystemScores]) -> Iterator[str]:
    names = [name for name in MEASURES if _find(systems["after"], name)]
    signatures = [systems["after"].score(name).signature for name in names]
    yield describe_run(folder, *signatures)


def _find(system: SystemScores, measure: str) -> Score | None:
    """A score by its name, or `None` if it was not measured."""
    return next((score for score in system.scores if score.name == measure), None)


def _cell(score: Score | None) -> str:
    if score is None:
        return ""
    if score.low is None or score.high is None:
        return f"{score.value:.1f}"
    return f"{score.value:.1f} ({score.low:.1f} to {score.high:.1f})"


def _verdict(reached: bool) -> str:
    return "shown." if reached else "**not shown**."
