"""The stage `student`: train on the examples, keep the new student and the story of its training."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tutelage.core.errors import UserError
from tutelage.core.glossary.protection import with_kept_terms
from tutelage.core.languages import Direction
from tutelage.core.protection.spans import ALL, Protection
from tutelage.core.records import Example, Pair
from tutelage.core.settings import CorrectionSettings, TrainSettings
from tutelage.core.stage import FolderStage, Work
from tutelage.core.training import TrainingSummary, Unlikelihood
from tutelage.corpora.texts import Text
from tutelage.stages.context import StepContext
from tutelage.storage.atomic import write_whole
from tutelage.storage.plain import from_json, to_plain
from tutelage.storage.stages import StageFolder, StageTable
from tutelage.students.decoder import Weights
from tutelage.students.known_words import KnownWords, collect_known_words, read_known_words, write_known_words
from tutelage.students.student_folder import SUMMARY, read_student, save_student


@dataclass(frozen=True, slots=True)
class WatchedPairs:
    """Parallel texts as examples that are watched during training; none that a recipe does not name."""

    texts: tuple[Text, ...]

    def __iter__(self) -> Iterator[Example]:
        for text in self.texts:
            if text.is_named:
                yield from (example_of(pair, kind="parallel") for pair in text.pairs())


@dataclass(frozen=True, slots=True)
class StudentInputs:
    """What a student is trained from, on and by."""

    student: Weights
    examples: StageTable[Example]
    watched: WatchedPairs | StageTable[Example]
    """Examples whose loss is watched."""
    kept: WatchedPairs
    """What must not get worse by how far the student goes."""
    direction: Direction
    train: TrainSettings
    seed: int
    half: bool
    """Whether the weights are stored in float16."""
    protection: Protection | None
    """What is masked in the examples; `None` masks nothing."""
    unlikelihood: Unlikelihood | None = None
    """With it the conflicts that examples name are trained against; else they are left alone."""
    corrections: CorrectionSettings | None = None
    """With it the hypotheses that examples correct are looked at; else they are left alone."""


def train_student(inputs: StudentInputs, work: Work, folder: Path) -> None:
    """The trained student and its summary into `folder`; goes on from the last checkpoint in the scratch folder."""
    if inputs.train.processes > 1:
        from tutelage.stages.student_processes import train_by_processes

        train_by_processes(partial(train_by_one, inputs, folder=folder), work, processes=inputs.train.processes)
    else:
        train_by_one(inputs, work, folder=folder)


def train_by_one(inputs: StudentInputs, work: Work, *, folder: Path) -> None:
    """What one process does, alone or beside others that a launcher started; the first of them writes the folder."""
    from tutelage.stages.tuning import tune_student
    from tutelage.training.processes import is_first_process

    examples, watched = _to_watch(inputs)
    tuned, summary = tune_student(
        read_student(inputs.student.folder, direction=inputs.direction),
        examples,
        dev=watched,
        kept=inputs.kept,
        settings=inputs.train,
        seed=inputs.seed,
        checkpoints=work.scratch,
        progress=work.progress,
        unlikelihood=inputs.unlikelihood,
        corrections=inputs.corrections,
        protection=inputs.protection,
        tokens=work.scratch / "tokens",
    )
    if not is_first_process():
        return
    save_student(tuned, folder, half=inputs.half)
    write_known_words(_known_words(inputs), folder)
    write_whole(folder / SUMMARY, json.dumps(to_plain(TrainingSummary)(summary), indent=1))


def _known_words(inputs: StudentInputs) -> KnownWords:
    """Those that the student had seen before, and those of the examples."""
    known = collect_known_words(text for example in inputs.examples for text in _read_texts(example))
    before = read_known_words(inputs.student.folder)
    return known if before is None else before | known


def _read_texts(example: Example) -> Iterator[str]:
    yield example.source
    yield from (text for role, text in example.messages if role == "user")


def _to_watch(inputs: StudentInputs) -> tuple[Iterable[Example], Iterable[Example]]:
    """What is trained on and what is watched: where the end is left open there must be something to watch."""
    from tutelage.stages.dev_score import Part

    if not inputs.train.is_open or any(True for _ in inputs.watched):
        return inputs.examples, inputs.watched
    return Part(inputs.examples, held_out=False), Part(inputs.examples, held_out=True)


STUDENT = FolderStage("student", 9, train_student)


def student_stage(
    context: StepContext,
    examples: StageTable[Example],
    *,
    train: TrainSettings,
    folder: StageFolder,
    student: Path,
    unlikelihood: Unlikelihood | None = None,
    corrections: CorrectionSettings | None = None,
    watched: WatchedPairs | StageTable[Example] | None = None,
) -> Path:
    """The folder of `student` trained on `examples`; without `watched` the dev text is watched, as translations."""
    inputs = StudentInputs(
        student=Weights(student),
        examples=examples,
        watched=WatchedPairs((context.texts.text("dev"),)) if watched is None else watched,
        kept=WatchedPairs((context.texts.text("general_dev"),)),
        direction=context.recipe.direction.direction,
        train=train,
        seed=context.recipe.seed,
        half=context.recipe.student.half,
        protection=with_kept_terms(ALL if context.recipe.student.protect else None, context.glossary),
        unlikelihood=unlikelihood,
        corrections=None if corrections is None or corrections.is_plain else corrections,
    )
    return folder.make(STUDENT, inputs).path


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


def example_of(pair: Pair, *, kind: str, hypothesis: str | None = None) -> Example:
    """A pair as something to train on; `hypothesis` is what it corrects."""
    return Example(
        id=f"{kind}:{pair.id}",
        task="translate",
        source_lang=pair.source.lang,
        target_lang=pair.target.lang,
        source=pair.source.text,
        target=pair.target.text,
        kind=kind,
        provenance=pair.provenance,
        hypothesis=hypothesis,
    )
