"""How far a paraphrase shall be from its source: control words before the source, the same in training and decoding.

A student is trained on sources that open with the level its paraphrase has, one word for each axis of distance
(`<lexical-low> <syntactic-high> The file opens.`), and is later asked with the level that is wanted. The words are
plain text, which any tokenizer holds; a fresh student's vocabulary has them as whole pieces, others split them. A chat
model, which knows what an instruction means, reads one for each axis instead (`Change few words: The file opens.`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from tutelage.core.counts import counted
from tutelage.core.errors import UsageError, did_you_mean
from tutelage.students.sidecar import read_sidecar, write_sidecar

LEVELS = ("low", "medium", "high")
"""Thirds of the distances that a student was trained on."""
LEXICAL, SYNTACTIC = "lexical", "syntactic"
AXES = (LEXICAL, SYNTACTIC)
Form = Literal["pieces", "instructions"]
WORDS: Mapping[Form, Mapping[str, Mapping[str, str]]] = {
    "pieces": {axis: {level: f"<{axis}-{level}>" for level in LEVELS} for axis in AXES},
    "instructions": {
        LEXICAL: {"low": "Change few words:", "medium": "Change some words:", "high": "Change nearly all words:"},
        SYNTACTIC: {
            "low": "Keep the structure:", "medium": "Change the structure a little:", "high": "Change the structure:",
        },
    },
}  # fmt: skip
"""The control words of each form, by axis and level."""
CONTROL_PIECES = tuple(word for words in WORDS["pieces"].values() for word in words.values())
"""Pieces that a vocabulary should keep whole."""
_OPENINGS = {
    form: re.compile(f"(?:(?:{'|'.join(re.escape(word) for words in axes.values() for word in words.values())}) )+")
    for form, axes in WORDS.items()
}
FILE = "diversity.json"
"""Beside a student that was trained with control words."""

Edges = tuple[float, float]
"""The distances at which `medium` and `high` begin."""


@dataclass(frozen=True, slots=True)
class DiversityControl:
    """What a student was trained to be asked for: the edges between levels on each axis, in the order of the words."""

    edges: Mapping[str, Edges]
    within: bool = False
    """Whether a distance is what goes beyond the mean of the same source's paraphrases, or the whole."""
    form: Form = "pieces"

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes of distance, in the order of the control words."""
        return tuple(axis for axis in AXES if axis in self.edges)

    def prefix(self, level: str) -> str:
        """The control words that ask for one level on every axis the student knows."""
        return diversity_prefix(dict.fromkeys(self.axes, level), form=self.form)

    def words_of(self, distances: Mapping[str, float]) -> str:
        """The control words for these distances, as a source opens with them; an axis without a distance gets none."""
        known = {axis: distances[axis] for axis in self.axes if axis in distances}
        levels = {axis: level_of(distance, edges=self.edges[axis]) for axis, distance in known.items()}
        return diversity_prefix(levels, form=self.form)


def diversity_prefix(levels: Mapping[str, str], *, form: Form = "pieces") -> str:
    """The control words for a level on each axis that is given, with a space behind each."""
    return "".join(f"{WORDS[form][axis][require_level(levels[axis])]} " for axis in AXES if axis in levels)


def part_control_words(source: str, *, instructed: bool) -> tuple[str, str]:
    """The control words that a source opens with, and the text behind them.

    Only an `instructed` source may open with an instruction, which else is text like any other.
    """
    forms: tuple[Form, ...] = ("pieces", "instructions") if instructed else ("pieces",)
    end = next((opening.end() for form in forms if (opening := _OPENINGS[form].match(source))), 0)
    return source[:end], source[end:]


def require_level(level: str) -> str:
    """The level itself; UsageError for an unknown one."""
    if level not in LEVELS:
        raise UsageError(f"no level of diversity is called '{level}'.", fix=did_you_mean(level, LEVELS))
    return level


def level_of(distance: float, *, edges: Edges) -> str:
    """The level of a distance; one that lies on an edge belongs to the level above."""
    medium, high = edges
    return "high" if distance >= high else "medium" if distance >= medium else "low"


def tercile_edges(distances: Sequence[float]) -> Edges:
    """The edges that part the distances into thirds, as far as equal distances allow; UsageError below three.

    An edge is the smallest distance of its third, so that on distinct distances every level gets its share.
    """
    if len(distances) < len(LEVELS):
        raise UsageError(
            f"{counted(len(distances), 'paraphrase')} cannot be parted into {', '.join(LEVELS)}.",
            fix="Give more of them.",
        )
    ranked = sorted(distances)
    return ranked[len(ranked) // 3], ranked[2 * len(ranked) // 3]


def write_control(folder: Path, control: DiversityControl) -> None:
    """Write what a student was trained with beside it."""
    edges = {axis: control.edges[axis] for axis in control.axes}
    write_sidecar(folder / FILE, {"axes": control.axes, "edges": edges, "within": control.within, "form": control.form})


def read_control(folder: Path) -> DiversityControl | None:
    """What the student in the folder was trained with, or none; StudentError if the file is damaged."""
    return read_sidecar(
        folder / FILE,
        _parse_control,
        says="how diversity is asked for",
        fix="Take it from the run that trained the student, or remove it to decode without levels.",
    )


def _parse_control(stored: Any) -> DiversityControl:
    edges = {axis: _edges(stored["edges"][axis]) for axis in stored["axes"]}
    if not edges or not set(edges) <= set(AXES):
        raise ValueError(f"its axes must be of {', '.join(AXES)}")
    form, within = stored.get("form", "pieces"), stored.get("within", False)  # which earlier versions did not write
    if form not in get_args(Form) or not isinstance(within, bool):
        raise ValueError(f"its form must be of {', '.join(get_args(Form))}, and within true or false")
    return DiversityControl(edges, within, form)


def _edges(values: Sequence[float]) -> Edges:
    medium, high = values
    return float(medium), float(high)
