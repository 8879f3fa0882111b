"""Demonstrations: translations that a causal student is shown as earlier turns, of the direction that is asked for.

The file `shots.json` in a student's folder holds them; it is saved with every student, so that it is asked alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction

FILE = "shots.json"


@dataclass(frozen=True, slots=True)
class Shot:
    """One demonstration."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Shots:
    """The demonstrations of each direction: one more than are shown, so that no text is shown its own translation."""

    count: int = 0
    by_direction: Mapping[Direction, tuple[Shot, ...]] = field(default_factory=dict)
    in_training: bool = False
    """Shown in training too, and not only when the student translates."""

    def choose(self, direction: Direction, *, text: str) -> tuple[Shot, ...]:
        """At most `count` demonstrations for a text, in their order, without the text itself."""
        known = self.by_direction.get(direction, ())
        return tuple(shot for shot in known if shot.source.strip() != text.strip())[: self.count]

    def fitted(self, *, limit: int, measure: Callable[[Direction, Shot], int]) -> Shots:
        """As many of each direction, from the first, as take `limit` tokens together; StudentError if none fits."""
        kept = {}
        for direction, known in self.by_direction.items():
            room, kept[direction] = limit, list[Shot]()
            for shot in known:
                room -= measure(direction, shot)
                if room < 0:
                    break
                kept[direction].append(shot)
            if known and not kept[direction]:
                raise StudentError(
                    f"the demonstrations of {direction} take more than {limit} tokens, half of what the student reads.",
                    where="student.shots",
                    fix="Lower student.shots.max_words, or leave the demonstrations out.",
                )
        return replace(self, by_direction={direction: tuple(shots) for direction, shots in kept.items()})


NO_SHOTS = Shots()


def read_shots(folder: Path) -> Shots:
    """The demonstrations of the student in a folder; `None` if it has no such file."""
    path = folder / FILE
    if not path.is_file():
        return NO_SHOTS
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        known = {
            Direction(one["source"], one["target"]): tuple(Shot(source, target) for source, target in one["shots"])
            for one in table["directions"]
        }
        return Shots(int(table["count"]), known, bool(table["in_training"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StudentError(f"the student's demonstrations cannot be read ({error!r}).", where=str(path)) from error


def write_shots(shots: Shots, folder: Path) -> None:
    """Put the demonstrations into a student's folder; nothing if there are none."""
    if not shots.by_direction:
        return
    directions = [
        {"source": one.source, "target": one.target, "shots": [[shot.source, shot.target] for shot in known]}
        for one, known in shots.by_direction.items()
    ]
    table = {"count": shots.count, "in_training": shots.in_training, "directions": directions}
    (folder / FILE).write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
