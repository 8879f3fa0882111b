"""Points on two axes as a picture for a page: a line for each family, whiskers for the 95 % intervals.

Drawn by matplotlib, which only pages with a plot need: `pip install matplotlib`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import UserError

LOOKS = ("o", "s", "^", "D", "v", "P", "X", "*")


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


def draw_families(families: Sequence[Family], path: Path, *, across: str, up: str) -> None:
    """Write the picture (SVG or PNG by the file's name); UserError without matplotlib."""
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise UserError("a plot needs matplotlib.", fix="pip install matplotlib") from None
    # ids that do not change from one drawing to the next, and text as text
    with rc_context({"svg.hashsalt": "tutelage", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(7.2, 4.2), layout="constrained")
        axes = figure.add_subplot()
        for look, family in zip(LOOKS, families, strict=False):
            xs, ys = [one.across for one in family.points], [one.up for one in family.points]
            (line,) = axes.plot(xs, ys, marker=look, label=family.name, linewidth=1.2)
            for one in family.points:
                axes.plot(one.across_ends, (one.up, one.up), color=line.get_color(), alpha=0.35, linewidth=1)
                axes.plot((one.across, one.across), one.up_ends, color=line.get_color(), alpha=0.35, linewidth=1)
                axes.annotate(one.label, (one.across, one.up), xytext=(4, 4), textcoords="offset points", fontsize=8)
        axes.set(xlabel=across, ylabel=up)
        axes.grid(alpha=0.25)
        axes.legend(loc="best", frameon=False)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
