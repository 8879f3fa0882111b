"""The command that gives other tools what a run has learned."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The memory; its name ends in .tmx.")] = Path(
        "learned.tmx"
    ),
) -> None:
    """Write the translations that a run's student was trained on as a translation memory (TMX) for other tools.

    Example: tutelage export runs/manuals -o learned.tmx
    """
    from tutelage.tasks.export import export_learned

    count = export_learned(run, out)
    print(f"{count:,} translations")
    print(out)
