"""What a ledger tells, as lines of text for a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tutelage.cli.tables import align
from tutelage.evaluation.figures import format_money

if TYPE_CHECKING:
    from tutelage.storage.ledger import Entry, Spend

_RAW_LINES, _RAW_COLUMNS = 6, 160
"""How much of a raw answer is shown; --json gives all of it."""
_FIGURES = ("calls", "from ledger", "unusable", "tokens in", "tokens out", "cost")


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
        yield f"… {len(lines) - _RAW_LINES:,} more lines"


def _label(spend: Spend, column: str) -> str:
    return str(getattr(spend, "teacher" if column == "model" else column)) or "–"


def _figures(spend: Sequence[Spend]) -> tuple[str, ...]:
    cost = format_money(sum(one.cost for one in spend))
    unknown = sum(one.unknown_cost_calls for one in spend)
    known = f"{cost} + {unknown:,} calls of unknown cost" if unknown else cost
    counts = ("calls", "reused", "unusable", "input_tokens", "output_tokens")
    return (*(f"{sum(getattr(one, name) for one in spend):,}" for name in counts), known)
