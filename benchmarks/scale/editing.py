"""The labelling that the benchmarks of scale measure: a chat teacher edits drafts, every answer through a ledger."""

from __future__ import annotations

from pathlib import Path

from benchmarks.speed.material import DIRECTION
from tutelage.core.recipe import Recipe
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Hypothesis, Pair
from tutelage.core.runner import LOCAL, Runner
from tutelage.labelling.feedback.edits import EDITS, EditsInputs
from tutelage.labelling.roles.editing import EditRole
from tutelage.labelling.teachers import Teachers
from tutelage.methods.registry import step_types
from tutelage.storage.ledger import Ledger
from tutelage.storage.stages import StageFolder, StageTable

LATENCY_SECONDS = 0.2
"""After which the teacher answers."""


def editing_recipe(address: str, *, slots: int) -> Recipe:
    """A recipe whose teacher at the address is asked so many questions at once."""
    text = f"""
        name = "scale"

        [direction]
        source = "{DIRECTION.source}"
        target = "{DIRECTION.target}"

        [student]
        model = "embedded:en-pt"

        [teachers.editor]
        kind = "chat"
        base_url = "{address}"
        model = "scripted"
        concurrency = {slots}

        [[step]]
        method = "patching"
    """
    return parse_recipe(text, step_types=step_types())


def plain_folder(place: Path) -> StageFolder:
    """Of stages of which nobody takes note."""
    return StageFolder(place, lambda _stage, _facts: None)


def edit(
    place: Path, drafts: StageTable[Hypothesis], recipe: Recipe, *, ledger: str | Path, runner: Runner = LOCAL
) -> StageTable[Pair]:
    """What the teacher makes of the drafts, as a table in the folder."""
    with Ledger.open(ledger, run=place.name) as opened:
        teachers = Teachers(recipe, opened, runner=runner)
        inputs = EditsInputs(drafts, EditRole(DIRECTION), teachers.asked(None), 1)
        table = plain_folder(place).make(EDITS, inputs)
        teachers.close()
    return table
