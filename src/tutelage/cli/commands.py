"""The command `tutelage`: its commands by name, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup

from tutelage.cli import (
    abilities,
    blending,
    exports,
    feedback,
    formats,
    ledger,
    metrics,
    paraphrase,
    probe,
    ratings,
    recipes,
    reviews,
    runs,
    serving,
    students,
    words,
)
from tutelage.cli.signals import was_interrupted
from tutelage.core.errors import UserError

INTERRUPTED = 130
"""For typer; the entry point knows the signal, tells it and has the last word."""
OLD_NAMES = {"abilities": "examine", "judge": "ratings", "ls": "list"}
"""Names of the version before; they work in this one, with a hint."""
RUN, USE, MEASURE, ACCOUNT = "Run", "Use", "Measure", "Account"


class Commands(TyperGroup):
    """The group of commands, with the hook that turns errors into one paragraph and an exit code."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Parse; an interruption passes typer, which has words of its own for it."""
        try:
            return super().make_context(*arguments, **options)
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, or of the name that has taken its place."""
        name = OLD_NAMES.get(cmd_name)
        if name is None:
            return super().get_command(ctx, cmd_name)
        _say(f"tutelage: '{cmd_name}' is now called '{name}'; the old name goes with the next version.")
        return super().get_command(ctx, name)

    def _invoke(self, ctx: Any) -> Any:
        """The command, with whatever an interruption has become on its way told apart from its own errors."""
        try:
            return super().invoke(ctx)
        except BaseException as error:
            if was_interrupted() or isinstance(error, KeyboardInterrupt):
                raise typer.Exit(INTERRUPTED) from None
            raise

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what it raises is told on standard error without a traceback."""
        try:
            return self._invoke(ctx)
        except UserError as error:
            _say(f"tutelage: {error}")
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:
            # whoever read our output has gone; what Python flushes at its end must not complain again
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
        except ModuleNotFoundError as error:
            _say(f"tutelage: {_missing_module(error)}")
            raise typer.Exit(1) from None
        except OSError as error:
            if error.errno is None or error.strerror is None:
                raise
            _say(f"tutelage: {describe_system_error(error)}")
            raise typer.Exit(1) from None


def describe_system_error(error: OSError) -> str:
    """A full disk, a missing permission and the like, with what to do."""
    where = f"{error.filename}: " if error.filename else ""
    again = "and give the same command again; everything finished is kept."
    fixes = {
        errno.ENOSPC: f"Free some space {again}",
        errno.EDQUOT: f"Free some space {again}",
        errno.EFBIG: f"Allow larger files (ulimit -f) {again}",
        errno.EACCES: "Check who may read and write there.",
        errno.EROFS: "Choose another place.",
        errno.EEXIST: f"Move it away {again}",
        errno.EISDIR: f"Move the folder away {again}",
        errno.ENOTDIR: f"Move the file away {again}",
    }
    reason = os.strerror(error.errno or 0)  # some libraries write a sentence of their own into it
    return f"{where}{reason[:1].lower()}{reason[1:]}. {fixes.get(error.errno or 0, '')}".strip()


def _missing_module(error: ModuleNotFoundError) -> UserError:
    """The error for a module of an optional extra; anything else is a defect and keeps its traceback."""
    from tutelage.runs.checks.extras import EXTRAS, missing_module

    module = (error.name or "").partition(".")[0]
    if module not in EXTRAS:
        raise error
    return missing_module(module)


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _show_version(wanted: bool) -> None:
    if wanted:
        from tutelage import __version__

        print(f"tutelage {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="tutelage",
    cls=Commands,
    help="Make a small translator better by letting a large model correct its mistakes, and show the evidence.",
    epilog="Begin with: tutelage demo. Exit codes: 0 done, 1 failed, 2 bad usage, 3 gate not passed, 75 try again.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def set_up(
    _version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """Make a small translator better by letting a large model correct its mistakes, and show the evidence."""


_PANELS: dict[str, tuple[Callable[..., None], ...]] = {
    RUN: (runs.demo, recipes.init, recipes.check, runs.run, runs.sweep),
    USE: (
        students.translate,
        paraphrase.paraphrase,
        serving.serve,
        reviews.review,
        blending.blend,
        exports.export,
        formats.formats,
    ),
    MEASURE: (students.evaluate, abilities.examine, probe.probe),
    ACCOUNT: (runs.list_, runs.report),
}
for _panel, _commands in _PANELS.items():
    for _command in _commands:
        app.command(name=_command.__name__.rstrip("_"), rich_help_panel=_panel)(_command)
app.add_typer(feedback.feedback, name="feedback", rich_help_panel=USE)
app.add_typer(words.words, name="words", rich_help_panel=MEASURE)
app.add_typer(metrics.metrics, name="metrics", rich_help_panel=MEASURE)
app.add_typer(ratings.ratings, name="ratings", rich_help_panel=MEASURE)
app.add_typer(ledger.ledger, name="ledger", rich_help_panel=ACCOUNT)
