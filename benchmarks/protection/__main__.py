"""Placeholders, numbers and addresses kept by a student, with and without protection, and what that costs.

    python -m benchmarks.protection --text dev.jsonl.gz --messages train.jsonl.gz --catalogues FOLDER

Each text is decoded twice by the same student, greedy: without protection, and with it, the two arms in turns. Segments
a second are those of the whole text, for each second of a processor. `--messages` takes those messages of an interface
that have placeholders, from a text whose field `origin` says `gettext`; `--catalogues` those of the PO files of the
target language in a folder, such as an unpacked Django. Without a text JupyterLab's catalogue is measured alone. At the
end each goal is held or missed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tutelage.core.decoding import Decoding
from tutelage.core.evidence import SystemScores
from tutelage.core.languages import Direction, as_posix
from tutelage.core.protection.spans import (
    ALL,
    Protection,
    find_placeholders,
    find_protected,
    frameworks_of,
    in_frameworks,
)
from tutelage.core.records import Pair
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.reading import Reading, read_pairs
from tutelage.embedded.texts import locate_embedded_text
from tutelage.evaluation.scoring import Scorer
from tutelage.students.naming import open_student

DIRECTION = Direction("en", "pt-BR")
KEPT = ("placeholders", "numbers", "urls")
MESSAGES = 1500
"""Of each kind that is measured."""
LEAST_KEPT = 99.5
MOST_COST = 10.0
"""Goals, in per cent: of placeholders, numbers and addresses that are kept, and of decoding time that it may cost."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to decode a text."""

    outputs: dict[str, str]
    seconds: float
    """Of all processors together, which other work on the machine changes least."""


def decode(student: str, pairs: Sequence[Pair], *, rounds: int) -> dict[str, Arm]:
    """Both arms, in turns; of the rounds that with the fewest seconds counts."""
    engines = {
        name: open_student(student, direction=DIRECTION, protection=protection)
        for name, protection in (("off", None), ("on", ALL))
    }
    arms: dict[str, Arm] = {}
    for name, engine in list(engines.items()) * rounds:
        begun = time.process_time()
        texts = list(engine.translate((pair.source.text for pair in pairs), decoding=Decoding()))
        seconds = time.process_time() - begun
        if name not in arms or seconds < arms[name].seconds:
            arms[name] = Arm({pair.id: text for pair, text in zip(pairs, texts, strict=True)}, seconds)
    return arms


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure beside what it should be."""

    text: str
    name: str
    value: float
    n: int
    is_held: bool


def measure(student: str, name: str, pairs: Sequence[Pair], *, rounds: int) -> list[Goal]:
    """Print the rows of one text, all of its segments and those with something to protect; its goals."""
    arms = decode(student, pairs, rounds=rounds)
    some = [pair for pair in pairs if find_protected(pair.source.text, protection_of(pair))]
    goals: list[Goal] = []
    for kind, chosen in ((name, pairs), (f"{name}, with spans", some)):
        if len(chosen) < 2 or (kind != name and len(chosen) == len(pairs)):
            continue
        scorer = Scorer(chosen, test=name, direction=DIRECTION, identifier=None, seed=1)
        measured = {arm: scorer.measure(one.outputs) for arm, one in arms.items()}
        (chrf,) = (one for one in scorer.compare(measured["off"], after=measured["on"]) if one.name == "chrf")
        for arm, one in measured.items():
            scores = scorer.score(one, system=arm, system_signature=student)
            speed = f"{len(pairs) / arms[arm].seconds:.0f}" if kind == name else ""
            print(f"| {kind} | {len(chosen):,} | {arm} | {_row(scores)} | {speed} |")
        print(f"|  |  | on − off | {chrf.difference:+.2f} ({chrf.low:+.2f} to {chrf.high:+.2f}) | | | | |", flush=True)
        if kind == name:
            found = {score.name: score for score in scores.scores}
            goals += [_kept_goal(name, found[one].name, found[one].value, found[one].n) for one in KEPT if one in found]
            goals.append(Goal(name, "chrF, on − off", chrf.difference, len(pairs), chrf.high >= 0))
    cost = 100 * (arms["on"].seconds / arms["off"].seconds - 1)
    return [*goals, Goal(name, "cost in decoding time", cost, len(pairs), cost <= MOST_COST)]


def protection_of(pair: Pair) -> Protection:
    """What is protected in the source of a pair, by the flags of its file too."""
    return in_frameworks(ALL, frameworks_of(pair.source.text))


def _kept_goal(text: str, name: str, value: float, n: int) -> Goal:
    return Goal(text, f"{name} kept", value, n, value >= LEAST_KEPT)


def show_goals(goals: Sequence[Goal]) -> None:
    """Print what was aimed at and what came of it."""
    print(f"\n| text | goal: kept ≥ {LEAST_KEPT} %, no loss of chrF, cost ≤ {MOST_COST:.0f} % | n | figure | |")
    print("|---|---|--:|--:|---|")
    for goal in goals:
        print(f"| {goal.text} | {goal.name} | {goal.n:,} | {goal.value:.2f} | {'held' if goal.is_held else 'missed'} |")


def _row(scores: SystemScores) -> str:
    found = {score.name: score for score in scores.scores}
    cells = [f"{found['chrf'].value:.2f}"]
    cells += [f"{found[name].value:.1f} (n = {found[name].n:,})" if name in found else "–" for name in KEPT]
    return " | ".join(cells)


def read_text(path: str, *, origin: str | None = None) -> list[Pair]:
    """The pairs of a bilingual text, or those of one origin."""
    fields = FieldNames(source="src", target="tgt") if "jsonl" in path else FieldNames()
    only = {} if origin is None else {"origin": (origin,)}
    return list(read_pairs(path, direction=DIRECTION, reading=Reading(fields=fields, only=only)))


def _with_placeholders(pairs: Iterable[Pair]) -> list[Pair]:
    """The first of those with placeholders, each source once."""
    by_source = {pair.source.text: pair for pair in pairs if find_placeholders(pair.source.text)}
    return list(by_source.values())[:MESSAGES]


def _read_catalogues(folder: str) -> list[Pair]:
    """The messages of the target language's catalogues in a folder, wherever in it."""
    files = sorted(Path(folder).rglob(f"{as_posix(DIRECTION.target)}/**/*.po"))
    return [
        replace(pair, source=replace(pair.source, id=f"{number}:{pair.source.id}"), target=pair.target)
        for number, file in enumerate(files)
        for pair in read_text(str(file))
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--student", default="embedded:en-pt")
    parser.add_argument("--text", help="bilingual text to measure on")
    parser.add_argument("--messages", help="bilingual text, of whose interface messages some are measured on")
    parser.add_argument(
        "--catalogues",
        help="folder with PO files of the target language, whose messages with placeholders are measured on",
    )
    parser.add_argument("--rounds", type=int, default=2, help="times that each text is decoded; the fastest counts")
    asked = parser.parse_args()
    texts = {"JupyterLab": read_text(str(locate_embedded_text("jupyterlab", target_lang=DIRECTION.target)))}
    if asked.text:
        texts["text"] = read_text(asked.text)
    if asked.messages:
        texts["messages"] = _with_placeholders(read_text(asked.messages, origin="gettext"))
    if asked.catalogues:
        texts["catalogues"] = _with_placeholders(_read_catalogues(asked.catalogues))
    print(
        "| text | segments | protection | chrF | placeholders kept | numbers kept | addresses kept | segments/CPU s |"
    )
    print("|---|--:|---|--:|--:|--:|--:|--:|")
    show_goals(
        [goal for name, pairs in texts.items() for goal in measure(asked.student, name, pairs, rounds=asked.rounds)]
    )


if __name__ == "__main__":
    main()
