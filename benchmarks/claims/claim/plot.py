"""Points on two axes as a picture for a page: a line for each family, whiskers for the 95 % intervals.

Several panels stand side by side.

Drawn by matplotlib, which only pages with a plot need: `pip install matplotlib`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage.core.errors import UserError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOOKS = ("o", "s", "^", "D", "v", "P", "X", "*", "h", "<", ">", "p")
MOST_INSIDE = 6
"""Families whose names find room among the points; those of more stand beside."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where something stands, with the ends of its interval along each axis."""

    across: float
    up: float
    across_ends: tuple[float, float]
    up_ends: tuple[float, float]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """Points that belong together; they are joined in their order."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Panel:
    """Families on one pair of axes."""

    families: Sequence[Family]
    across: str
    up: str
    ticks: Sequence[str] = ()
    """What stands at 0, 1, 2, … of the axis across; without them, its numbers."""
    before: float | None = None
    """Where a dashed line goes across: what was before."""


def draw_families(families: Sequence[Family], path: Path, *, across: str, up: str) -> None:
    """Write the picture (SVG or PNG by the file's name); UserError without matplotlib."""
    draw_panels([Panel(families, across, up)], path)


def draw_panels(panels: Sequence[Panel], path: Path) -> None:
    """Write the panels as one picture; UserError without matplotlib."""
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise UserError("a plot needs matplotlib.", fix="pip install matplotlib") from None
    # ids that do not change from one drawing to the next, and text as text
    with rc_context({"svg.hashsalt": "tutelage", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(7.2 if len(panels) == 1 else 4.8 * len(panels), 4.2), layout="constrained")
        for number, panel in enumerate(panels, start=1):
            _draw_panel(panel, figure.add_subplot(1, len(panels), number))
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw_panel(panel: Panel, axes: Axes) -> None:
    for look, family in zip(cycle(LOOKS), panel.families, strict=False):
        xs, ys = [one.across for one in family.points], [one.up for one in family.points]
        (line,) = axes.plot(xs, ys, marker=look, label=family.name, linewidth=1.2)
        for one in family.points:
            axes.plot(one.across_ends, (one.up, one.up), color=line.get_color(), alpha=0.35, linewidth=1)
            axes.plot((one.across, one.across), one.up_ends, color=line.get_color(), alpha=0.35, linewidth=1)
            axes.annotate(one.label, (one.across, one.up), xytext=(4, 4), textcoords="offset points", fontsize=8)
    if panel.before is not None:
        axes.axhline(panel.before, color="grey", linestyle="--", linewidth=1, label="before")
    if panel.ticks:
        axes.set_xticks(range(len(panel.ticks)), panel.ticks)
        axes.set_xlim(-0.3, len(panel.ticks) - 0.7)
    axes.set(xlabel=panel.across, ylabel=panel.up)
    axes.grid(alpha=0.25)
    if len(panel.families) > MOST_INSIDE:
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    else:
        axes.legend(loc="best", frameon=False)
