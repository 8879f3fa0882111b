"""The tables of the paraphrase claim: systems, levels of diversity, speed, and what was shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

from benchmarks.claims.claim.tables import describe_run, join_blocks
from benchmarks.claims.paraphrase.levels import MEANING_FLOOR, LevelScores, describe_levels, levels_rise
from tutelage.core.evidence import Comparison, Score, SystemScores

MEASURES = ("combined", "meaning", "fluency", "lexical", "syntactic", "candidates")
MUST_LOSE = ("copy", "swapped", "shuffled")
CUT = "cut"
"""That must have less than student and teacher; a student that hardly changes anything has less itself."""
STUDENT, TEACHER = "after, greedy", "teacher"
MAY_LOSE, FASTER = 4.0, 10.0
FEW = 10
"""Sentences a second below which parts of one are told."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Sentences a second by system, a list over rounds, and the student's size."""

    rates: Mapping[str, Sequence[float]]
    parameters: int


@dataclass(frozen=True, slots=True)
class Scored:
    """What the systems of one seed came to on the test sentences."""

    systems: Sequence[SystemScores]
    beside_teacher: Sequence[Comparison]
    """Of the student, greedy, with its teacher."""


def render_tables(seeds: Mapping[int, Scored], levels: Sequence[LevelScores], speed: Speed, *, folder: Path) -> str:
    """Markdown: systems of the first seed, levels, all seeds, and what was shown."""
    first = next(iter(seeds.values()))
    systems = {one.system: one for one in first.systems}
    blocks = (
        _systems(systems),
        describe_levels(levels),
        _seeds(seeds),
        _speed(speed),
        _shown(list(seeds.values()), levels, speed),
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


def _seeds(seeds: Mapping[int, Scored]) -> Iterator[str]:
    if len(seeds) == 1:
        return
    yield "| seed | combined, before | after, greedy | teacher | more than the teacher | meaning, after | teacher |"
    yield "|---|---|---|---|---|---|---|"
    for seed, one in seeds.items():
        found = {system.system: system for system in one.systems}
        combined = (f"{found[name].score('combined').value:.1f}" for name in ("before", STUDENT, TEACHER))
        meaning = (f"{found[name].score('meaning').value:.1f}" for name in (STUDENT, TEACHER))
        yield f"| {seed} | {' | '.join(combined)} | {_beside(one)} | {' | '.join(meaning)} |"


def _beside(one: Scored) -> str:
    """By how much the student is beyond its teacher."""
    (found,) = (each for each in one.beside_teacher if each.name == "combined")
    return f"{found.difference:+.1f} ({found.low:+.1f} to {found.high:+.1f})"


def _speed(speed: Speed) -> Iterator[str]:
    yield "| system | sentences/s, median of the rounds | times the teacher |"
    yield "|---|---|---|"
    teacher = speed.rates[TEACHER]
    for name, rates in speed.rates.items():
        ratio = median(mine / other for mine, other in zip(rates, teacher, strict=True))
        rate = median(rates)
        yield f"| {name} | {rate:,.{0 if rate >= FEW else 2}f} | {ratio:.1f}× |"


def _shown(seeds: Sequence[Scored], levels: Sequence[LevelScores], speed: Speed) -> Iterator[str]:
    """Means over the seeds; that copying comes last holds if it does with each."""
    found = [{one.system: one.score("combined").value for one in scored.systems} for scored in seeds]
    relative = 100 * (mean(one[STUDENT] for one in found) / mean(one[TEACHER] for one in found) - 1)
    beside = f", {_beside(seeds[0])} points" if len(seeds) == 1 else ""
    yield (
        f"- Combined score against the teacher's: {relative:+.1f} %{beside} "
        f"(goal: no more than −{MAY_LOSE:g} %, by the figure): " + _verdict(relative >= -MAY_LOSE)
    )
    ratio = median(a / b for a, b in zip(speed.rates["student, greedy"], speed.rates[TEACHER], strict=True))
    yield (
        f"- Speed: {ratio:.1f}× the teacher's, greedy, with {speed.parameters / 1e6:.1f} million weights: "
        + _verdict(ratio >= FASTER)
    )
    yield f"- Copying and words in a wrong order come out last: {_verdict(all(map(_loses, found)))}"
    yield f"- A sentence that is cut has less than student and teacher: {_verdict(all(map(_loses_cut, found)))}"
    held = _verdict(levels_rise(levels))
    yield f"- Each level goes further than the one below, at a meaning of {MEANING_FLOOR:g} or more: {held}"


def _loses(combined: Mapping[str, float]) -> bool:
    """Whether copying and words in a wrong order have less than everything that is whole."""
    lost = [value for name, value in combined.items() if name in MUST_LOSE]
    return max(lost) < min(value for name, value in combined.items() if name not in (*MUST_LOSE, CUT))


def _loses_cut(combined: Mapping[str, float]) -> bool:
    return combined[CUT] < min(combined[STUDENT], combined[TEACHER])


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
