"""The stage `student`: train on the examples, keep the new student and the story of its training."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tutelage.core.errors import UserError
from tutelage.core.recipe import StepSettings
from tutelage.core.records import Example, Pair
from tutelage.core.settings import TrainSettings
from tutelage.core.signatures import content_key
from tutelage.core.training import TrainingSummary, Unlikelihood
from tutelage.stages.context import StepContext
from tutelage.storage.atomic import write_whole
from tutelage.storage.plain import from_json, to_plain
from tutelage.storage.stages import StageFolder, StageTable
from tutelage.students.loading import load_student, save_student, student_signature

SUMMARY = "training.json"


ADDED = {"normalisation", "rationale_weight"}
"""Settings that came later and change nothing at their defaults: students trained before are found again."""


def student_stage(
    context: StepContext,
    examples: StageTable[Example],
    *,
    settings: StepSettings,
    folder: StageFolder,
    student: Path,
    unlikelihood: Unlikelihood | None = None,
    dev: Callable[[], Iterable[Example]] | None = None,
) -> Path:
    """The folder of `student` trained on `examples`; an interrupted training goes on from its last checkpoint.

    With `unlikelihood` the conflicts that examples name are trained against; else they are left alone. `dev` makes the
    examples that are watched, none: the dev text as translations.
    """
    key = content_key(
        "student", 1, examples.key, context.texts.key("dev"), _train_key(settings.train), context.recipe.seed,
        student_signature(student), context.recipe.student.half, *(() if unlikelihood is None else (unlikelihood,)),
    )  # fmt: skip
    checkpoints = folder.path / "checkpoints" / key

    def make(aside: Path) -> None:
        from tutelage.stages.tuning import tune_student

        loaded = load_student(str(student), direction=context.recipe.direction.direction)
        tuned, summary = tune_student(
            loaded,
            examples,
            dev=dev() if dev is not None else dev_examples(context),
            settings=settings.train,
            seed=context.recipe.seed,
            checkpoints=checkpoints,
            progress=context.progress,
            unlikelihood=unlikelihood,
        )
        save_student(tuned, aside, half=context.recipe.student.half)
        write_whole(aside / SUMMARY, json.dumps(to_plain(TrainingSummary)(summary), indent=1))

    made = folder.folder("student", key=key, make=make)
    shutil.rmtree(folder.path / "checkpoints", ignore_errors=True)
    return made


def _train_key(train: TrainSettings) -> dict[str, object]:
    unchanged = {name for name in ADDED if getattr(train, name) == type(train).model_fields[name].default}
    return train.model_dump(mode="json", exclude=unchanged)


def read_summary(student: Path) -> TrainingSummary:
    """The story of a trained student's training."""
    path = student / SUMMARY
    try:
        summary: TrainingSummary = from_json(TrainingSummary)(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, RecursionError) as error:
        raise UserError(
            f"the story of the training cannot be read ({error}).",
            where=str(path),
            fix=f"Remove {student} and give the same command again: the student is trained again.",
        ) from error
    return summary


def dev_examples(context: StepContext) -> Iterator[Example]:
    """The dev text as examples to watch; none where the recipe names no dev text."""
    if context.texts.has("dev"):
        yield from (example_of(pair, kind="parallel") for pair in context.texts.pairs("dev"))


def example_of(pair: Pair, *, kind: str) -> Example:
    """A pair as something to train on."""
    return Example(
        id=f"{kind}:{pair.id}",
        task="translate",
        source_lang=pair.source.lang,
        target_lang=pair.target.lang,
        source=pair.source.text,
        target=pair.target.text,
        kind=kind,
        provenance=pair.provenance,
    )
