"""The test sets of a step, each with its direction, and the translations of every student on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tutelage.core.contrast import Contrast
from tutelage.core.languages import Direction
from tutelage.core.protocols import Engine
from tutelage.core.records import Hypothesis, Pair
from tutelage.core.signatures import content_key
from tutelage.corpora.texts import Texts
from tutelage.methods.language_aware.directions import KnownDirection
from tutelage.stages.context import StepContext
from tutelage.storage.stages import StageFolder, StageTable
from tutelage.students.kinds import AnyStudent


@dataclass(frozen=True, slots=True)
class DirectedTest:
    """Pairs to measure on, all in one direction."""

    name: str
    direction: Direction
    texts: Texts
    use: str
    """Which of the texts it is."""
    group: str = ""
    """The average it counts into; empty for general text, which counts into none."""

    def pairs(self) -> list[Pair]:
        """What is translated, and the references."""
        return list(self.texts.pairs(self.use))

    @property
    def key(self) -> str:
        """Content key of the text."""
        return self.texts.key(self.use)


def list_test_sets(context: StepContext, directions: Sequence[KnownDirection]) -> tuple[DirectedTest, ...]:
    """A test set for each direction that has one, and the recipe's general text, in its own direction."""
    measured = (one for one in directions if one.is_measured)
    found = [DirectedTest(one.test, one.direction, one.texts, "test", one.group) for one in measured]
    if context.texts.has("general"):
        found.append(DirectedTest("general", context.recipe.direction.direction, context.texts, "general"))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class System:
    """A student, and what it is decoded against where that is not what the run says."""

    student: Path
    contrast: Contrast | None = None

    def signature(self, context: StepContext) -> str:
        """The student and how it is decoded."""
        return context.signature(self.student, contrast=self.contrast)


class DirectedEngines:
    """Engines of one system, one for each direction; its weights are read once, when the first is opened."""

    def __init__(self, context: StepContext, system: System) -> None:
        self._context, self._system = context, system
        self._loaded: AnyStudent | None = None

    def open(self, direction: Direction) -> Engine:
        """The engine that translates in a direction."""
        from tutelage.students.engines.opening import open_engine
        from tutelage.students.loading import load_student

        settings = self._context.recipe.student
        if self._loaded is None:
            self._loaded = load_student(str(self._system.student), direction=direction)
        return open_engine(
            replace(self._loaded, direction=direction),
            name=settings.engine,
            compute_type=settings.compute_type,
            cache=self._context.conversions,
            contrast=self._system.contrast or self._context.contrast,
        )


def translations_of(
    context: StepContext,
    test: DirectedTest,
    *,
    name: str,
    system: System,
    engines: DirectedEngines,
    folder: StageFolder,
) -> StageTable[Hypothesis]:
    """The translations of a test set by the system called `name`, kept as `tests/en-de-after.parquet`."""
    signature, name = system.signature(context), f"{test.name}-{name}"

    def produce() -> list[Hypothesis]:
        pairs = test.pairs()
        context.progress.start(f"translate {name}", total=len(pairs))
        sources = (pair.source.text for pair in pairs)
        outputs = engines.open(test.direction).translate(sources, decoding=context.decoding)
        hypotheses = []
        for pair, text in zip(pairs, outputs, strict=True):
            hypotheses.append(Hypothesis(pair.source, text, signature))
            context.progress.advance()
        context.progress.finish()
        return hypotheses

    key = content_key("outputs", 1, test.key, signature, test.direction)
    return folder.table(name, Hypothesis, key=key, produce=produce)
