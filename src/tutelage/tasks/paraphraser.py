"""A student that writes in the language it reads, found by whatever name a user has for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction, normalise_language
from tutelage.students.diversity import DiversityControl, read_control, require_level
from tutelage.students.kinds.registry import student_kind
from tutelage.students.loading import locate_student
from tutelage.students.naming import direction_of_run
from tutelage.students.promoted import is_run_folder, promoted_student

DEFAULT_LANGUAGE, DEFAULT_LEVEL = "en", "medium"


@dataclass(frozen=True, slots=True)
class Paraphraser:
    """A student before it is loaded: its languages, and what it can be asked for."""

    name: str
    direction: Direction
    control: DiversityControl | None

    def prefix(self, level: str | None) -> str:
        """What stands before a source to ask for a level; StudentError if the student knows none.

        Without a level it is medium: a student that was trained with control words expects them.
        """
        if self.control is not None:
            return self.control.prefix(level or DEFAULT_LEVEL)
        if level is None:
            return ""
        raise StudentError(
            f"this student cannot be asked for {require_level(level)} diversity: it was not trained with levels.",
            where=self.name,
            fix="Leave out the level, or train with control = true in the paraphrase step.",
        )


def find_paraphraser(student: str, *, lang: str | None = None) -> Paraphraser:
    """The student of a run's folder, a model folder or a hub name; StudentError if it translates.

    `lang` is its language; `None` means what the run or the vocabulary says, else English.
    """
    run = Path(student) if is_run_folder(Path(student)) else None
    folder = promoted_student(run) if run else locate_student(student)
    known = direction_of_run(run) if run else student_kind(folder).said_direction(folder)
    if known is not None and known.source != known.target:
        raise StudentError(
            f"this student translates {known}, and a paraphraser writes in the language that it reads.",
            where=student,
            fix="Train one with a recipe whose direction has the same source and target, such as "
            "recipes/paraphrase.toml.",
        )
    code = normalise_language(lang or (known.source if known else DEFAULT_LANGUAGE))
    return Paraphraser(student, Direction(code, code), read_control(folder))
