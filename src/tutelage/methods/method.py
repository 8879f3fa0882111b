"""What a method is: one declaration, from which checks, runs, gates, reports, `init` and the docs read all they need.

A method from outside the package declares itself in the same way, as an entry point of the group `tutelage.methods`
that names a `Method`; it touches no file here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tutelage.core.recipe import Recipe, StepSettings
from tutelage.evaluation.measures import Measure
from tutelage.stages.checks.text_sizes import TextSizes
from tutelage.stages.context import StepContext
from tutelage.stages.outcome import Estimate, StepOutcome

S = TypeVar("S", bound=StepSettings)


@dataclass(frozen=True, slots=True)
class TextNeed:
    """A text of the recipe without which a step cannot begin."""

    use: str
    """pool, parallel, sentences, …"""
    why: str
    """As the end of a sentence: `sequence_kd needs text to translate`."""


def _nothing(_: object) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True)
class Method(Generic[S]):
    """A way to make a student better: a step takes a student and returns a student, with what it took to make it."""

    name: str
    idea: str
    """In a clause, for the README's table and `tutelage init`."""
    paper: str
    settings: type[S]
    run: Callable[[S, StepContext], StepOutcome]
    """Does the step; stages that are done already are skipped."""
    estimate: Callable[[S, Recipe, TextSizes], Estimate]
    """What the step will need for texts of these sizes, at most."""
    problems: Callable[[S, Recipe], list[str]]
    """What of the recipe does not fit the step, in plain words; texts that are missing are told by `needs`."""
    needs: Callable[[S], Iterable[TextNeed]] = _nothing
    """The recipe's texts that it reads and cannot do without."""
    translates: bool = True
    """Whether its student translates, and so is measured by the measures of translation; else by its own alone."""
    measures: Mapping[str, Measure] = field(default_factory=dict)
    """What it measures besides, or instead."""
    tests: Callable[[S], Iterable[str]] = _nothing
    """Names of the test sets that it measures on besides the recipe's own."""
    measured_on: tuple[str, ...] = ("domain", "general")
    """Of a student that does not translate: the test sets of its measures."""
    modules: Callable[[S], Iterable[str]] = _nothing
    """Optional modules that it imports, by the names that `import` takes."""
