"""The command that gives other programs a run's student, or what it has learned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tutelage.cli.options import Quiet, refuse_unheeded
from tutelage.cli.progress import shown_progress
from tutelage.core.counts import counted
from tutelage.core.errors import UsageError

if TYPE_CHECKING:
    from tutelage.runs.export.export import ExportResult

MEMORY = "tmx"
MEMORY_FILE = Path("learned.tmx")
REFUSED = 3
_NO_WEIGHTS = "A memory has no weights: leave it out, or name with --to what is written of the student."


def export(
    context: typer.Context,
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.", show_default=False)],
    place: Annotated[
        Path | None,
        typer.Argument(metavar="[OUT]", help="The folder, or the memory's file (FILE.tmx).", show_default=False),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            help="ctranslate2, gguf or transformers: a folder with the student. tmx: a memory of what it learned.",
            show_default="by OUT: tmx if it ends in .tmx, or is left out",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="OUT", help="The same as OUT.", show_default=False)
    ] = None,
    compute_type: Annotated[
        str | None,
        typer.Option(
            "--compute-type",
            help="Arithmetic that the weights are stored for: int8, float32, float16, …",
            show_default="int8 of ctranslate2",
        ),
    ] = None,
    licence: Annotated[
        str | None,
        typer.Option(
            help="Licence of the weights, for the model card.", show_default="as the first student's card says"
        ),
    ] = None,
    rule: Annotated[
        list[str] | None,
        typer.Option(
            help="What the export may lose, instead of the recipe's rules: 'chrf: not worse by more than 1'. May be "
            "given again.",
            show_default=False,
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write a run's promoted student as a folder for other programs, or what it has learned as a memory (TMX).

    An export that its own engine decodes worse than the promoted student is refused and kept aside, with exit code 3.

    The last line is the path. A memory: tutelage export runs/manuals -o learned.tmx

    Example: tutelage export runs/manuals --to ctranslate2 manuals-int8 --compute-type int8
    """
    out = _one_place(place, out)
    kind = to or _kind_by_suffix(out)
    if kind == MEMORY:
        refuse_unheeded(context, "compute_type", "licence", "rule", fix=_NO_WEIGHTS)
        _export_memory(run, out or MEMORY_FILE)
        return
    from tutelage.runs.export.export import export_student, settings_of

    settings = settings_of(run, to=kind, compute_type=compute_type, licence=licence, rules=rule)
    with shown_progress(quiet=quiet) as progress:
        result = export_student(run, out, settings=settings, progress=progress)
    show_export(result)


def show_export(result: ExportResult) -> None:
    """Its lines and its path; exit code 3 if it was refused."""
    for line in result.told:
        print(line)
    if not result.accepted:
        raise typer.Exit(REFUSED)


def _one_place(place: Path | None, out: Path | None) -> Path | None:
    if place is not None and out is not None:
        raise UsageError("two places are named.", fix="Give OUT either behind RUN or with --out.")
    return place or out


def _kind_by_suffix(out: Path | None) -> str:
    if out is None or out.suffix == f".{MEMORY}" or "." in out.name:
        return MEMORY
    raise UsageError(
        "it is not said what to write there.",
        where=str(out),
        fix="Give --to ctranslate2, gguf or transformers for a folder, or a name that ends in .tmx for a memory.",
    )


def _export_memory(run: Path, out: Path) -> None:
    from tutelage.tasks.export import export_learned

    count = export_learned(run, out)
    print(counted(count, "translation"))
    print(out)
