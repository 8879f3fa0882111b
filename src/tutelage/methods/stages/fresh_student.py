"""The stage `fresh`: a new student whose vocabulary comes from the recipe's own texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tutelage.core.protocols import Progress
from tutelage.core.recipe import Recipe, TextsSettings
from tutelage.core.settings import FreshSettings
from tutelage.core.signatures import content_key
from tutelage.methods.texts import Texts
from tutelage.storage.run_folder import RunFolder


def fresh_student_stage(recipe: Recipe, folder: RunFolder, progress: Progress) -> Path:
    """The folder of the untrained student, made once; both sides of all parallel text train its vocabulary.

    CorpusError where neither `text.parallel` nor a step names parallel text.
    """
    texts = _parallel_texts(recipe)
    shape = recipe.student.fresh or FreshSettings()
    key = content_key("fresh", 2, shape, [each.key("parallel") for each in texts], recipe.seed)

    def make(aside: Path) -> None:
        from tutelage.students.fresh import make_student

        progress.start("make a student", total=None)
        direction = recipe.direction.direction
        make_student(aside, shape=shape, texts=_both_sides(texts), direction=direction, seed=recipe.seed)
        progress.finish()

    return folder.step(0, "student").folder("fresh", key=key, make=make)


def _parallel_texts(recipe: Recipe) -> list[Texts]:
    """The recipe's own parallel text, and that of its steps' directions."""
    own = Texts(recipe.text, recipe.direction.direction)
    named = [pair for step in recipe.step for pair in step.own_parallel]
    others = [Texts(TextsSettings(parallel=text), direction) for direction, text in named]
    return others if others and not own.has("parallel") else [own, *others]


def _both_sides(texts: Sequence[Texts]) -> Iterator[str]:
    for each in texts:
        for pair in each.pairs("parallel"):
            yield pair.source.text
            yield pair.target.text
