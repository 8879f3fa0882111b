"""The stage `fresh`: a new student whose vocabulary comes from the recipe's own texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tutelage.core.languages import Direction
from tutelage.core.protocols import Progress
from tutelage.core.recipe import Recipe
from tutelage.core.settings import FreshSettings
from tutelage.core.stage import FolderStage, Work
from tutelage.corpora.texts import Text, Texts
from tutelage.storage.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class FreshInputs:
    """The shape of a new student, and the texts that its vocabulary comes from."""

    shape: FreshSettings
    parallel: tuple[Text, ...]
    """Both sides are read."""
    pool: Text | None
    direction: Direction
    seed: int


def make_fresh(inputs: FreshInputs, work: Work, folder: Path) -> None:
    """The untrained student into `folder`."""
    from tutelage.students.fresh import make_student
    from tutelage.students.known_words import UNTRAINED, write_known_words

    work.progress.start("make a student", total=None)
    make_student(folder, shape=inputs.shape, texts=_sentences(inputs), direction=inputs.direction, seed=inputs.seed)
    write_known_words(UNTRAINED, folder)
    work.progress.finish()


FRESH = FolderStage("fresh", 3, make_fresh)


def fresh_student_stage(recipe: Recipe, folder: RunFolder, progress: Progress) -> Path:
    """The folder of the untrained student, made once; both sides of all parallel text train its vocabulary.

    So does the pool in a recipe of paraphrase, which is all in one language. CorpusError if there is no such text.
    """
    own = Texts(recipe.text, recipe.direction.direction)
    pool = own.text("pool") if own.direction.is_paraphrase and own.has("pool") else None
    inputs = FreshInputs(
        shape=recipe.student.fresh or FreshSettings(),
        parallel=_parallel_texts(recipe) if pool is None or own.has("parallel") else (),
        pool=pool,
        direction=own.direction,
        seed=recipe.seed,
    )
    return replace(folder.step(0, "student"), progress=progress).make(FRESH, inputs).path


def _parallel_texts(recipe: Recipe) -> tuple[Text, ...]:
    """The recipe's own parallel text, and that of its steps' directions."""
    own = Texts(recipe.text, recipe.direction.direction).text("parallel")
    named = [pair for step in recipe.step for pair in step.own_parallel]
    others = tuple(Text("parallel", text, direction) for direction, text in named)
    return others if others and not own.is_named else (own, *others)


def _sentences(inputs: FreshInputs) -> Iterator[str]:
    for text in inputs.parallel:
        for pair in text.pairs():
            yield pair.source.text
            yield pair.target.text
    if inputs.pool is not None:
        yield from (segment.text for segment in inputs.pool.segments())
