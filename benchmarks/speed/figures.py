"""Figures of a benchmark: arms measured in turns, ratios with their spread, one Markdown table."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version

from tutelage.storage.run_folder import describe_machine

PACKAGES = ("ctranslate2", "transformers", "torch", "tokenizers", "sentencepiece")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    what: str
    value: str
    goal: str = ""
    reached: bool | None = None

    def row(self) -> str:
        """The line in Markdown."""
        verdict = "" if self.reached is None else ("yes" if self.reached else "**no**")
        return f"| {self.what} | {self.value} | {self.goal} | {verdict} |"


def measure_in_turns(arms: Mapping[str, Callable[[], float]], *, rounds: int) -> dict[str, list[float]]:
    """Units of work done by each arm for a second, a list over rounds; every round runs every arm once."""
    rates: dict[str, list[float]] = {name: [] for name in arms}
    for _ in range(rounds):
        for name, work in arms.items():
            began = time.perf_counter()
            done = work()
            rates[name].append(done / (time.perf_counter() - began))
    return rates


def rate_figure(what: str, rates: list[float], unit: str) -> Figure:
    """The median rate."""
    return Figure(what, f"{statistics.median(rates):,.0f} {unit}/s")


def ratio_figure(what: str, ours: list[float], theirs: list[float], *, goal: float | None = None) -> Figure:
    """Median of the rounds' ratios with their spread; the goal is for the median."""
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    middle = statistics.median(ratios)
    value = f"{middle:.2f}× ({min(ratios):.2f}–{max(ratios):.2f}, {len(ratios)} rounds)"
    return Figure(what, value) if goal is None else Figure(what, value, f"≥ {goal:g}×", middle >= goal)


def cost_figure(what: str, ours: list[float], theirs: list[float], *, goal: float | None = None) -> Figure:
    """Median over the rounds of the time that ours takes for one of theirs, with its spread, from the rates of both."""
    costs = [other / mine for mine, other in zip(ours, theirs, strict=True)]
    middle = statistics.median(costs)
    value = f"{middle:.3f}× ({min(costs):.3f}–{max(costs):.3f}, {len(costs)} rounds)"
    return Figure(what, value) if goal is None else Figure(what, value, f"≤ {goal:g}×", middle <= goal)


def render_table(figures: Iterable[Figure]) -> str:
    """All figures with the machine and the versions they were measured on."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    rows = "\n".join(figure.row() for figure in figures)
    return f"{describe_machine()}; {versions}\n\n| What | Value | Goal | Reached |\n|---|---|---|---|\n{rows}"
