"""The command that brings a trained student part of the way back to its old weights: blend."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.options import Quiet
from tutelage.cli.progress import shown_progress


def blend(
    student: Annotated[
        str,
        typer.Argument(
            metavar="STUDENT",
            help="A run's folder (its promoted student), the folder of any student in it, or of another model.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The new student's folder.", show_default=False)],
    share: Annotated[
        float, typer.Option(min=0, max=1, help="Of the way from the old weights (0) to the trained ones (1).")
    ] = 0.5,
    before: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="What its training began with: a folder, a hub name, a GGUF file or embedded:NAME.",
            show_default="the student that the run's recipe names",
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Bring a trained student part of the way back to its old weights (WiSE-FT), without training again.

    It gives up little of what was learned and keeps more of what was known: measure several shares with evaluate.

    In a recipe, train.blend does the same at the end of a training. The last line is the path.

    Example: tutelage blend runs/manuals half-way --share 0.5
    """
    from tutelage.tasks.blending import blend_student

    with shown_progress(quiet=quiet) as progress:
        blend_student(student, out, share=share, before=before, progress=progress)
    print(out)
