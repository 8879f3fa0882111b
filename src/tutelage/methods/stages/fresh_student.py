"""The stage `fresh`: a new student whose vocabulary comes from the recipe's own texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tutelage.core.protocols import Progress
from tutelage.core.recipe import Recipe
from tutelage.core.settings import FreshSettings
from tutelage.core.signatures import content_key
from tutelage.methods.texts import Texts
from tutelage.storage.run_folder import RunFolder


def fresh_student_stage(recipe: Recipe, folder: RunFolder, progress: Progress) -> Path:
    """The folder of the untrained student, made once; both sides of `text.parallel` train its vocabulary."""
    texts = Texts(recipe.text, recipe.direction.direction)
    shape = recipe.student.fresh or FreshSettings()
    key = content_key("fresh", 1, shape, texts.key("parallel"), recipe.seed)

    def make(aside: Path) -> None:
        from tutelage.students.fresh import make_student

        progress.start("make a student", total=None)
        direction = recipe.direction.direction
        make_student(aside, shape=shape, texts=_both_sides(texts), direction=direction, seed=recipe.seed)
        progress.finish()

    return folder.step(0, "student").folder("fresh", key=key, make=make)


def _both_sides(texts: Texts) -> Iterator[str]:
    for pair in texts.pairs("parallel"):
        yield pair.source.text
        yield pair.target.text
