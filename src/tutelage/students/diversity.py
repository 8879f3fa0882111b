"""How far a paraphrase shall be from its source: control words before the source, the same in training and decoding.

A student is trained on sources that open with the level its paraphrase has, one word for each axis of distance
(`<lexical-low> <syntactic-high> The file opens.`), and is later asked with the level that is wanted. The words are
plain text, which any tokenizer holds; a fresh student's vocabulary has them as whole pieces, others split them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.core.errors import UsageError, did_you_mean
from tutelage.students.sidecar import read_sidecar, write_sidecar

LEVELS = ("low", "medium", "high")
"""Thirds of the distances that a student was trained on."""
LEXICAL, SYNTACTIC = "lexical", "syntactic"
AXES = (LEXICAL, SYNTACTIC)
CONTROL_PIECES = tuple(f"<{axis}-{level}>" for axis in AXES for level in LEVELS)
"""Every control word; pieces that a vocabulary should keep whole."""
_CONTROL_WORDS = re.compile(f"(?:(?:{'|'.join(map(re.escape, CONTROL_PIECES))}) )+")
FILE = "diversity.json"
"""Beside a student that was trained with control words."""

Edges = tuple[float, float]
"""The distances at which `medium` and `high` begin."""


@dataclass(frozen=True, slots=True)
class DiversityControl:
    """What a student was trained to be asked for: the edges between levels on each axis, in the order of the words."""

    edges: dict[str, Edges]

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes of distance, in the order of the control words."""
        return tuple(axis for axis in AXES if axis in self.edges)

    def prefix(self, level: str) -> str:
        """The control words that ask for one level on every axis the student knows."""
        return diversity_prefix(
            level if LEXICAL in self.edges else None, syntactic=level if SYNTACTIC in self.edges else None
        )


def diversity_prefix(level: str | None, *, syntactic: str | None = None) -> str:
    """The control words for a lexical level and, if it is given, a syntactic one, with a space behind each."""
    wanted = ((LEXICAL, level), (SYNTACTIC, syntactic))
    return "".join(f"<{axis}-{require_level(asked)}> " for axis, asked in wanted if asked is not None)


def part_control_words(source: str) -> tuple[str, str]:
    """The control words that a source opens with, and the text behind them."""
    opening = _CONTROL_WORDS.match(source)
    end = opening.end() if opening else 0
    return source[:end], source[end:]


def with_level(source: str, level: str | None, *, syntactic: str | None = None) -> str:
    """The source as a student reads it that is asked for these levels."""
    return diversity_prefix(level, syntactic=syntactic) + source


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
            f"{len(distances)} paraphrases cannot be parted into {', '.join(LEVELS)}.", fix="Give more of them."
        )
    ranked = sorted(distances)
    return ranked[len(ranked) // 3], ranked[2 * len(ranked) // 3]


def write_control(folder: Path, control: DiversityControl) -> None:
    """Write what a student was trained with beside it."""
    stored = {"axes": control.axes, "edges": {axis: control.edges[axis] for axis in control.axes}}
    write_sidecar(folder / FILE, stored)


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
    return DiversityControl(edges)


def _edges(values: Sequence[float]) -> Edges:
    medium, high = values
    return float(medium), float(high)
