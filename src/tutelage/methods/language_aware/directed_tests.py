"""The test sets of a step, each with its direction, and the translations of every student on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tutelage.core.contrast import Contrast
from tutelage.core.languages import Direction
from tutelage.core.records import Hypothesis, Pair
from tutelage.corpora.texts import Text
from tutelage.methods.language_aware.directions import KnownDirection
from tutelage.stages.context import StepContext
from tutelage.stages.outputs import OUTPUTS, OutputsInputs
from tutelage.storage.stages import StageFolder, StageTable
from tutelage.students.decoder import ReadOnce


@dataclass(frozen=True, slots=True)
class DirectedTest:
    """Pairs to measure on, all in one direction."""

    name: str
    direction: Direction
    text: Text
    group: str = ""
    """The average it counts into; empty for general text, which counts into none."""

    def pairs(self) -> list[Pair]:
        """What is translated, and the references."""
        return list(self.text.pairs())

    @property
    def key(self) -> str:
        """Content key of the text."""
        return self.text.key


def list_test_sets(context: StepContext, directions: Sequence[KnownDirection]) -> tuple[DirectedTest, ...]:
    """A test set for each direction that has one, and the recipe's general text, in its own direction."""
    measured = (one for one in directions if one.is_measured)
    found = [DirectedTest(one.test, one.direction, one.texts.text("test"), one.group) for one in measured]
    if context.texts.has("general"):
        found.append(DirectedTest("general", context.recipe.direction.direction, context.texts.text("general")))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class System:
    """A student, and what it is decoded against if that is not what the run says."""

    student: Path
    contrast: Contrast | None = None

    def signature(self, context: StepContext) -> str:
        """The student and how it is decoded."""
        return context.signature(self.student, contrast=self.contrast)


def translations_of(
    context: StepContext, test: DirectedTest, *, name: str, system: System, read: ReadOnce, folder: StageFolder
) -> StageTable[Hypothesis]:
    """The translations of a test set by the system called `name`, kept as `tests/en-de-after.parquet`.

    `read` holds the system's weights for all its test sets.
    """
    decoder = context.decoder(system.student, contrast=system.contrast)
    directed = replace(decoder, direction=test.direction, weights_read=read)
    return folder.make(OUTPUTS.named(f"{test.name}-{name}"), OutputsInputs(test.text, directed))
