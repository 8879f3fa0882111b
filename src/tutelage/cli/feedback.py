"""The commands `tutelage feedback …`: what people corrected, what is held for review, and keys."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tutelage.cli.options import BadLines, Format, Json, Source, Target
from tutelage.cli.output import align, print_found
from tutelage.core.counts import counted
from tutelage.core.errors import UsageError

if TYPE_CHECKING:
    from tutelage.storage.feedback import FeedbackStore, Stored

DEFAULT_STORE = "runs/corrections.feedback"
_SHOWN = 60
"""Characters of a text in the table; --json gives all of it."""
FeedbackPlace = Annotated[
    str,
    typer.Option(
        "--feedback",
        metavar="PLACE",
        help="The feedback store, in which corrections and keys are kept: a file or postgresql://user@host/database.",
    ),
]
_Numbers = Annotated[list[int], typer.Argument(metavar="NUMBER...", help="As `list` shows them.", show_default=False)]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is.", show_default=False)]

feedback = typer.Typer(
    name="feedback",
    help="Show what people corrected, settle what is held for review, make and remove keys.",
    no_args_is_help=True,
    add_completion=False,
)


@feedback.command(name="list")
def list_(
    store: FeedbackPlace = DEFAULT_STORE,
    every: Annotated[bool, typer.Option("--all", help="Also what is accepted and what is dropped.")] = False,
    as_json: Json = False,
) -> None:
    """Show how many corrections there are, and those that are held for review with the reason.

    Example: tutelage feedback list
    """
    from tutelage.storage.feedback.store import STATES

    opened = _open(store)
    found = opened.corrections(*(STATES if every else ("held",)))
    counts = [[state, reason, f"{count:,}"] for (state, reason), count in opened.counts().items()]
    table = [["number", "state", "reason", "who", "source", "correction"], *map(_row, found)]
    shown = [*align([["state", "reason", "corrections"], *counts]), *(["", *align(table)] if found else [])]
    print_found(found, shown, as_json=as_json)


@feedback.command()
def accept(numbers: _Numbers, store: FeedbackPlace = DEFAULT_STORE) -> None:
    """Let runs learn from corrections that were held.

    Example: tutelage feedback accept 12 15
    """
    print(f"{_open(store).settle(numbers, 'accepted'):,} accepted")


@feedback.command()
def drop(numbers: _Numbers, store: FeedbackPlace = DEFAULT_STORE) -> None:
    """Keep runs from learning from corrections; they stay in the store, and nobody can send them again.

    Example: tutelage feedback drop 13
    """
    print(f"{_open(store).settle(numbers, 'dropped'):,} dropped")


@feedback.command()
def add(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="Sources, corrections and perhaps drafts.", show_default=False)
    ],
    source: Source = None,
    target: Target = None,
    who: Annotated[str, typer.Option(help="Who gave them.")] = "",
    text_format: Format = None,
    bad_lines: BadLines = 0.0,
    store: FeedbackPlace = DEFAULT_STORE,
) -> None:
    """Add the corrections of a file, each looked at as those that come by HTTP.

    Example: tutelage feedback add corrected.xlf --source en --target pt-BR
    """
    if source is None or target is None:
        raise UsageError("the languages are missing.", fix="Give --source and --target.")
    from tutelage.core.languages import Direction, normalise_language
    from tutelage.corpora.bad_lines import BadLineCount
    from tutelage.corpora.reading import Reading
    from tutelage.serving.corrections import add_file
    from tutelage.storage.feedback import FeedbackStore

    direction = Direction(normalise_language(source), normalise_language(target))
    bad = BadLineCount()
    reading = Reading(text_format=text_format, max_bad_share=bad_lines, bad_line=bad, post_edits=True)
    added = add_file(FeedbackStore.open(store), text, direction=direction, reading=reading, who=who)
    if bad.count:
        print(f"note: {bad.note()}.", file=sys.stderr)
    print(f"{added.accepted:,} accepted, {added.held:,} held, {added.known:,} known before")


@feedback.command()
def copy(
    out: Annotated[
        Path, typer.Argument(metavar="FILE", help="Such as corrections.feedback; replaced.", show_default=False)
    ],
    store: FeedbackPlace = DEFAULT_STORE,
) -> None:
    """Copy what is accepted into a file that a recipe can name, from a store in PostgreSQL for instance.

    Example: tutelage feedback copy corrections.feedback --feedback postgresql://user@host/database
    """
    print(f"{counted(_open(store).copy_accepted(out), 'correction')} copied")


@feedback.command()
def key(name: _Name, store: FeedbackPlace = DEFAULT_STORE) -> None:
    """Make a key for somebody and print it; the store keeps its hash alone.

    Example: tutelage feedback key weblate
    """
    from tutelage.serving.access import hash_key, make_key
    from tutelage.storage.feedback import FeedbackStore

    made = make_key()
    if not name.strip() or not FeedbackStore.open(store).add_key(name, hash_key(made)):
        raise UsageError(f"'{name}' has a key already.", fix=f"Remove it first with: tutelage feedback forget {name}")
    print(made)


@feedback.command()
def forget(name: _Name, store: FeedbackPlace = DEFAULT_STORE) -> None:
    """Remove somebody's key and all the corrections that were given with it.

    Example: tutelage feedback forget weblate
    """
    opened = _open(store)
    forgotten = opened.forget(name)
    if not forgotten.had_key and not forgotten.corrections:
        raise UsageError(f"nobody is called '{name}' in this store.", where=opened.shown)
    print(f"{counted(forgotten.corrections, 'correction')} removed, {'and the key' if forgotten.had_key else 'no key'}")


def _open(place: str) -> FeedbackStore:
    from tutelage.storage.feedback import FeedbackStore

    return FeedbackStore.open(place, must_exist=True)


def _row(stored: Stored) -> list[str]:
    correction = stored.correction
    texts = [" ".join(text.split()) for text in (correction.source, correction.correction)]
    cut = [text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…" for text in texts]
    return [str(stored.id), stored.state, stored.reason, correction.who, *cut]
