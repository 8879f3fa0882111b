"""The commands `tutelage ledger …`: what teachers were asked, what it cost, and replay files."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from tutelage.cli.options import DEFAULT_RUNS, Json, Runs, refuse_unheeded
from tutelage.cli.output import align, print_found
from tutelage.core.counts import counted
from tutelage.evaluation.figures import format_money

if TYPE_CHECKING:
    from tutelage.storage.ledger import Entry, Spend

_SHOW = "show"
_RAW_LINES, _RAW_COLUMNS = 6, 160
"""How much of a raw answer is shown; --json gives all of it."""
_FIGURES = ("calls", "from ledger", "unusable", "tokens in", "tokens out", "cost")
_Ledger = Annotated[
    str | None,
    typer.Option("--ledger", metavar="LEDGER", help="The ledger's file or URL; without it, the one in --runs."),
]


class LedgerCommands(TyperGroup):
    """`tutelage ledger` and what follows it is `tutelage ledger show`, unless it names another command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments with the command's name before them."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [_SHOW, *args]
        return super().parse_args(ctx, args)


ledger = typer.Typer(
    name="ledger",
    cls=LedgerCommands,
    help="Show what teachers were asked and what it cost; write and read replay files.\n\n"
    "Without a command: show. Example: tutelage ledger --run demo --by role --by day",
    add_completion=False,
)


@ledger.command(name=_SHOW)
def show(
    context: typer.Context,
    place: Annotated[
        str | None, typer.Argument(metavar="LEDGER", help="The ledger's file or URL; without it, the one in --runs.")
    ] = None,
    runs: Runs = DEFAULT_RUNS,
    run: Annotated[str | None, typer.Option("--run", metavar="NAME", help="Of this run alone.")] = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="COLUMN", help="run, step, role, model or day; may be given again."),
    ] = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="Instead, the newest answers that could not be used, with their text.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="With --failed: at most so many.")] = 20,
    as_json: Json = False,
) -> None:
    """Show calls, tokens and cost by run, role and model, or by other columns; or what could not be used.

    Example: tutelage ledger --run demo --by role --by day
    """
    from tutelage.storage.ledger.accounts import DEFAULT_COLUMNS, read_spend, read_unusable

    if failed:
        refuse_unheeded(context, "by", fix="Answers that could not be used are listed, not summed: leave it out.")
        entries = read_unusable(place or runs, run=run, limit=limit)
        print_found(entries, render_unusable(entries), as_json=as_json)
    else:
        refuse_unheeded(context, "limit", fix="It is for the answers that --failed lists: give --failed with it.")
        columns = tuple(dict.fromkeys(by or DEFAULT_COLUMNS))
        spend = read_spend(place or runs, run=run, by=columns)
        print_found(spend, render_spend(spend, by=columns), as_json=as_json)


@ledger.command(name="export")
def export(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write; compressed if it ends in .gz.")],
    run: Annotated[str | None, typer.Option("--run", metavar="NAME", help="What this run has asked or taken.")] = None,
    place: _Ledger = None,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Write a replay file, with which somebody without the teacher repeats a run.

    It holds the questions and answers themselves. Example: tutelage ledger export --run demo demo.replay.jsonl.gz
    """
    from tutelage.storage.ledger.accounts import export_replay

    count = export_replay(place or runs, out, run=run)
    print(f"{out}: {counted(count, 'call')}")


@ledger.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A replay file.")],
    place: _Ledger = None,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Read a replay file into a ledger; runs then find their answers there and ask nothing.

    Example: tutelage ledger import demo.replay.jsonl.gz
    """
    from tutelage.storage.ledger.accounts import LEDGER_FILE, import_replay

    new = import_replay(file, place or runs / LEDGER_FILE)
    print(f"{counted(new, 'call is', 'calls are')} new in the ledger")


def render_spend(spend: Sequence[Spend], *, by: Sequence[str] = ("run", "role", "model")) -> Iterator[str]:
    """Calls, tokens and cost by the columns, and their sum."""
    if not spend:
        yield "nothing was asked yet"
        return
    rows = [(*(_label(one, column) for column in by), *_figures([one])) for one in spend]
    total = ("all", *[""] * (len(by) - 1), *_figures(spend))
    yield from align([(*by, *_FIGURES), *rows, total], right=range(len(by), len(by) + len(_FIGURES)))


def render_unusable(entries: Sequence[Entry]) -> Iterator[str]:
    """For each answer that could not be used: what was asked of whom, why it failed, and its first lines."""
    if not entries:
        yield "no answer was unusable"
        return
    for entry in entries:
        call = entry.call
        when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(entry.created))
        facts = (call.status, call.role, call.teacher, entry.run, when, call.key)
        yield "  ".join(escape_controls(fact) for fact in facts if fact)
        yield from (f"    {line}" for line in _first_lines(call.answer))
        yield ""


def escape_controls(text: str) -> str:
    r"""The text with `\x1b` and the like for characters that could move the cursor, change colours or turn lines."""
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def _first_lines(answer: str | None) -> Iterator[str]:
    if answer is None:
        yield "(no answer came)"
        return
    lines = answer.split("\n")
    for line in lines[:_RAW_LINES]:
        yield escape_controls(line[:_RAW_COLUMNS]) + (" …" if len(line) > _RAW_COLUMNS else "")
    if len(lines) > _RAW_LINES:
        yield f"… {counted(len(lines) - _RAW_LINES, 'more line')}"


def _label(spend: Spend, column: str) -> str:
    return str(getattr(spend, "teacher" if column == "model" else column)) or "–"


def _figures(spend: Sequence[Spend]) -> tuple[str, ...]:
    cost = format_money(sum(one.cost for one in spend))
    unknown = sum(one.unknown_cost_calls for one in spend)
    known = f"{cost} + {counted(unknown, 'call')} of unknown cost" if unknown else cost
    counts = ("calls", "reused", "unusable", "input_tokens", "output_tokens")
    return (*(f"{sum(getattr(one, name) for one in spend):,}" for name in counts), known)
