"""The one family of errors a user can cause, each saying what, where and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from tutelage.core.counts import counted
from tutelage.core.secrets import redact

_MOST_NAMES, _LONGEST_NAME = 60, 80


class UserError(Exception):
    """A problem the user can mend; the command line prints it as one paragraph, without a traceback.

    `exit_code` is what the command exits with: 1 failed, 2 bad usage, 3 gate not passed, 75 try again.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        if what.endswith("..") and not what.endswith("..."):  # the words of others end in a full stop of their own
            what = what[:-1]
        self.what, self.where, self.fix = redact(what), redact(where), redact(fix)
        super().__init__(self.paragraph())

    def __reduce__(self) -> tuple[Any, ...]:
        """As it is, whatever its class is made from: a worker's error is told where the run is."""
        return _restore_error, (type(self), self.args), self.__dict__

    def paragraph(self) -> str:
        """The whole message: where it happened, what happened, what to do."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head} {self.fix}".strip()


class UsageError(UserError):
    """The command or a setting was wrong; nothing was started."""

    exit_code = 2


class RecipeError(UsageError):
    """A recipe that does not validate; `problems` lists every one of them."""

    def __init__(self, problems: Sequence[str], *, where: str = "recipe") -> None:
        self.problems = tuple(problems)
        count = counted(len(problems), "problem")
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"{count}, nothing was started:\n{lines}", where=where)


class CorpusError(UserError):
    """Text that cannot be read or used: names the file, the line and the reason."""


class StudentError(UserError):
    """A student that cannot be loaded, trained or decoded."""


class TeacherError(UserError):
    """A teacher that does not answer; everything finished is kept and the run can go on later."""

    exit_code = 75


class BudgetError(UserError):
    """The budget would be exceeded by the next teacher call, so it was not sent."""

    exit_code = 75


class RunnerError(UserError):
    """A cluster that cannot do the work; everything finished is kept and the run can go on later."""

    exit_code = 75


class HarnessError(UserError):
    """lm-evaluation-harness, a program of its own, is missing, fails, or writes what cannot be read."""


class MetricError(UserError):
    """A metric, a program of its own, is missing, fails, or writes what cannot be read."""


class MissingExtraError(UserError):
    """A part of the package that an optional extra installs."""

    def __init__(self, module: str, *, extra: str) -> None:
        super().__init__(
            f"this needs the Python module '{module}', which is not installed.",
            fix=f"Install it with: pip install 'tutelage[{extra}]'",
        )


class MissingModelError(UserError):
    """The file of an embedded model, which is installed by a command of its own."""

    def __init__(self, model: str, state: str, *, command: str, where: str = "") -> None:
        super().__init__(
            f"the file of the embedded model {model} {state}", where=where, fix=f"Install it with: {command}"
        )


def _restore_error(kind: type[UserError], told: tuple[Any, ...]) -> UserError:
    return kind.__new__(kind, *told)


def did_you_mean(name: str, valid: Iterable[str]) -> str:
    """A closing phrase for an unknown name: the nearest valid one, or else the list of them."""
    names = sorted(set(valid))
    short = [one for one in names if len(one) <= _LONGEST_NAME]  # the search is quadratic in the lengths
    near = [
        one for one in short if name == _initials(one)
    ]  # `lr` is learning_rate, though lora has more of its letters
    near = near or difflib.get_close_matches(name[: 2 * _LONGEST_NAME], short, n=1, cutoff=0.6)
    if near:
        return f"Did you mean '{near[0]}'?"
    return f"Known: {', '.join(_listed(names))}." if names else ""


def _initials(name: str) -> str:
    return "".join(word[:1] for word in name.split("_")) if "_" in name else ""


def _listed(names: Sequence[str]) -> list[str]:
    """The names for a message, which a damaged file may have made long or many."""
    listed = [name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…" for name in names[:_MOST_NAMES]]
    return listed if len(names) <= _MOST_NAMES else [*listed, f"and {len(names) - _MOST_NAMES:,} more"]
