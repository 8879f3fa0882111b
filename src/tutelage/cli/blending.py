"""The command that brings a trained student part of the way back to its old weights: blend."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.options import ComputeType, Quiet, refuse_unheeded
from tutelage.cli.progress import shown_progress


def blend(
    context: typer.Context,
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
    drift: Annotated[
        float | None,
        typer.Option(
            min=0.0001,
            metavar="NATS",
            help="In place of a share: as far as a chat model drifts by no more than that, in nats a token.",
        ),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="What its training began with: a folder, a hub name, a GGUF file or embedded:NAME.",
            show_default="the student that the run's recipe names",
        ),
    ] = None,
    compute_type: ComputeType = "float32",
    quiet: Quiet = False,
) -> None:
    """Bring a trained student part of the way back to its old weights (WiSE-FT), without training again.

    It gives up little of what was learned and keeps more of what was known: measure several shares with evaluate.

    In a recipe, train.blend does the same at the end of a training. The last line is the path.

    Example: tutelage blend runs/manuals half-way --share 0.5

    Example: tutelage blend runs/chat careful --drift 0.08
    """
    if drift is None:
        refuse_unheeded(context, "compute_type", fix="It is for the answers on which --drift is measured.")
    else:
        refuse_unheeded(context, "share", fix="--drift finds the share.")
    from tutelage.tasks.blending import blend_student, blend_to_drift

    with shown_progress(quiet=quiet) as progress:
        if drift is None:
            blend_student(student, out, share=share, before=before, progress=progress)
        else:
            blend_to_drift(student, out, drift=drift, before=before, compute_type=compute_type, progress=progress)
    print(out)
