"""The command probe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from tutelage.cli.options import DEFAULT_RUNS, Json, Overrides, Quiet, Resamples, Runs
from tutelage.cli.printing import print_found
from tutelage.cli.progress import shown_progress
from tutelage.core.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from tutelage.tasks.probe.feedback import How

HOWS = ("asked", "compared")


def probe(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="The recipe, a TOML file.", show_default=False)],
    teacher: Annotated[str | None, typer.Option(metavar="NAME", help="Which of the recipe's teachers.")] = None,
    plant: Annotated[int, typer.Option("--plant", min=1, help="Texts at most; half of them get errors.")] = 200,
    on: Annotated[
        str | None, typer.Option("--on", metavar="TEXT", help="The recipe's text: test, general, dev or parallel.")
    ] = None,
    glossary: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Words and translations, to plant wrong terms too.")
    ] = None,
    kinds: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="KIND", help="Plant this kind of error only; may be given again."),
    ] = None,
    share: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of the texts that get errors.")] = 0.5,
    errors: Annotated[int, typer.Option(min=1, help="Errors in one text at most.")] = 1,
    feedback: Annotated[
        str | None, typer.Option(metavar="HOW", help="asked or compared; without it, by the kind of teacher.")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="compared: agreement from which a text is right; without it, measured."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the choice of texts, of the errors and of the resampling.")] = 1,
    resamples: Resamples = 1000,
    overrides: Overrides = None,
    runs: Runs = DEFAULT_RUNS,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Plant errors in correct translations and measure how many of them a teacher finds.

    Precision, recall and F1 with 95 % intervals, for segments and for error spans, and recall by kind of error.

    Example: tutelage probe recipe.toml --plant 200 --on test
    """
    from tutelage.cli.evidence_summaries import render_probe
    from tutelage.evaluation.planted_errors import PlantingSettings
    from tutelage.evaluation.planting import KINDS
    from tutelage.runs.recipe_files import load_recipe
    from tutelage.tasks.probe.probe import ProbeSettings, probe_teacher

    if feedback is not None and feedback not in HOWS:
        raise UsageError(f"no way to give feedback is called '{feedback}'.", fix=did_you_mean(feedback, HOWS))
    settings = ProbeSettings(
        texts=plant,
        planting=PlantingSettings(share=share, max_errors=errors, kinds=tuple(kinds or KINDS), seed=seed),
        use=on,
        how=cast("How | None", feedback),
        threshold=threshold,
        resamples=resamples,
    )
    loaded = load_recipe(recipe, overrides or ())
    with shown_progress(quiet=quiet) as progress:
        found = probe_teacher(
            loaded, runs=runs, teacher=teacher, glossary=glossary, settings=settings, progress=progress
        )
    print_found(found, render_probe(found), as_json=as_json)
