"""The stage `fresh`: a new student whose vocabulary comes from the recipe's own texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from tutelage.core.protocols import Progress
from tutelage.core.recipe import Recipe, TextsSettings
from tutelage.core.settings import FreshSettings
from tutelage.core.signatures import content_key
from tutelage.corpora.texts import Texts
from tutelage.storage.run_folder import RunFolder


def fresh_student_stage(recipe: Recipe, folder: RunFolder, progress: Progress) -> Path:
    """The folder of the untrained student, made once; both sides of all parallel text train its vocabulary.

    So does the pool in a recipe of paraphrase, which is all in one language. CorpusError where there is no such text.
    """
    own = Texts(recipe.text, recipe.direction.direction)
    pool = own if own.direction.is_paraphrase and own.has("pool") else None
    texts = _parallel_texts(recipe) if pool is None or own.has("parallel") else []
    shape = recipe.student.fresh or FreshSettings()
    keys = [*(each.key("parallel") for each in texts), *(() if pool is None else ("pool", pool.key("pool")))]
    key = content_key("fresh", 2, shape, keys, recipe.seed)

    def make(aside: Path) -> None:
        from tutelage.students.fresh import make_student

        progress.start("make a student", total=None)
        direction = recipe.direction.direction
        alone = () if pool is None else (segment.text for segment in pool.segments("pool"))
        sentences = chain(_both_sides(texts), alone)
        make_student(aside, shape=shape, texts=sentences, direction=direction, seed=recipe.seed)
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
