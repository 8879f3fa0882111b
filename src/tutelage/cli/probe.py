"""The command probe: which form of feedback suits a teacher, and which planted errors it finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from tutelage.cli.options import DEFAULT_RUNS, Json, Overrides, Quiet, Resamples, Runs, refuse_unheeded
from tutelage.cli.output import align, print_found
from tutelage.cli.progress import shown_progress
from tutelage.cli.summaries import score_cell
from tutelage.core.counts import counted
from tutelage.core.errors import UsageError, did_you_mean
from tutelage.evaluation.figures import measure_label

if TYPE_CHECKING:
    from tutelage.core.evidence import Score
    from tutelage.labelling.feedback.choice import FormTrial
    from tutelage.tasks.probe.feedback import How
    from tutelage.tasks.probe.forms import FormsProbe
    from tutelage.tasks.probe.probe import Probe

HOWS = ("asked", "compared")
PLANTED = 200
"""Texts, if only how they are planted is said."""


def probe(
    context: typer.Context,
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="The recipe, a TOML file.", show_default=False)],
    teacher: Annotated[str | None, typer.Option(metavar="NAME", help="Which of the recipe's teachers.")] = None,
    segments: Annotated[int, typer.Option(min=1, help="Segments that the forms of feedback are tried on.")] = 50,
    student: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Whose translations are corrected; without it, the recipe's student."),
    ] = None,
    plant: Annotated[
        int | None,
        typer.Option("--plant", min=1, help="Plant errors in so many texts at most; half of them get errors."),
    ] = None,
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
    """Try the three forms of feedback on a teacher and say which to set; or plant errors and see which it finds.

    Shows usable answers, quality, and gain for 1,000 tokens, by references or by translating back.

    With --plant: precision, recall and F1 with 95 % intervals, for segments and for error spans, and recall by kind.

    Example: tutelage probe recipe.toml --teacher llm

    Example: tutelage probe recipe.toml --plant 200 --on test
    """
    if plant is None and not (glossary or kinds or feedback or threshold is not None):
        refuse_unheeded(context, "share", "errors", "resamples", fix="It is for planted errors: give --plant N.")
        _probe_forms(
            recipe, overrides, teacher=teacher, segments=segments, student=student, on=on, seed=seed, runs=runs,
            as_json=as_json, quiet=quiet,
        )  # fmt: skip
        return
    refuse_unheeded(context, "segments", "student", fix="It is for the forms of feedback: plant no errors.")
    from tutelage.evaluation.planted_errors import PlantingSettings
    from tutelage.evaluation.planting import KINDS
    from tutelage.runs.recipe_files import load_recipe
    from tutelage.tasks.probe.probe import ProbeSettings, probe_teacher

    if feedback is not None and feedback not in HOWS:
        raise UsageError(f"no way to give feedback is called '{feedback}'.", fix=did_you_mean(feedback, HOWS))
    settings = ProbeSettings(
        texts=plant or PLANTED,
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


def _probe_forms(
    recipe: Path,
    overrides: list[str] | None,
    *,
    teacher: str | None,
    segments: int,
    student: str | None,
    on: str | None,
    seed: int,
    runs: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    from tutelage.runs.recipe_files import load_recipe
    from tutelage.tasks.probe.forms import FormsSettings, compare_forms

    loaded, settings = load_recipe(recipe, overrides or ()), FormsSettings(segments, on, student, seed)
    with shown_progress(quiet=quiet) as progress:
        found = compare_forms(loaded, runs=runs, teacher=teacher, settings=settings, progress=progress)
    print_found(found, render_forms(found), as_json=as_json)


def render_forms(probe: FormsProbe) -> Iterator[str]:
    """A line for each form, and what to set."""
    yield f"{probe.teacher}, hypotheses of {probe.student}, text.{probe.use}"
    if probe.trials:
        yield f"judged by the {probe.judged_by}"
        yield ""
        head = ("form", "asked", "usable", "changed", "chrF before", "after", "gain", "tokens", "gain for 1,000 tokens")
        rows = [(one.form, *map(str, (one.segments, one.usable, one.changed)), *_gains(one)) for one in probe.trials]
        yield from align([head, *rows], right=range(1, 9))
        for one in probe.trials:
            yield from (f"{one.form}, not usable, {reason.reason}: {reason.count}" for reason in one.reasons)
        yield ""
    yield f'set feedback.source = "{probe.choice.form}": {probe.choice.reason}'


def _gains(trial: FormTrial) -> Iterator[str]:
    yield from (f"{value:.1f}" for value in (trial.before, trial.quality))
    yield from (f"{trial.gain:+.1f}", f"{trial.tokens_per_segment:.0f}", f"{trial.gain_per_1000_tokens:+.1f}")


def render_probe(probe: Probe) -> Iterator[str]:
    """Precision, recall and F1 by level, recall by kind of error, and what could not be used."""
    found = probe.detection
    yield f"{probe.teacher}, feedback {probe.how}, text.{probe.use}"
    errors = counted(found.errors, "planted error")
    yield f"{counted(found.texts, 'text')}, {found.damaged:,} of them with {errors}, 95 % intervals"
    if probe.thresholds:
        shown = ", ".join(f"{threshold:.3f}" for threshold in probe.thresholds)
        yield f"counted as right from an agreement of {shown}"
    yield ""
    names = ("precision", "recall", "f1", "false_alarms")
    rows = [(level.level, *_cells(level.scores, names)) for level in found.levels]
    yield from align([("", *map(measure_label, names)), *rows], right=range(1, 5))
    if found.kinds:
        yield ""
        kinds = [(k.kind, f"{k.errors:,}", score_cell(k.flagged), score_cell(k.touched)) for k in found.kinds]
        yield from align([("planted", "errors", "segment flagged", "span touched"), *kinds], right=range(1, 4))
    if found.unanswered:
        yield f"{counted(found.unanswered, 'text')} without usable feedback, not counted"
    yield from (f"rejected, {one.reason}: {one.count:,}" for one in probe.rejections)


def _cells(scores: tuple[Score, ...], names: tuple[str, ...]) -> Iterator[str]:
    by_name = {score.name: score for score in scores}
    return (score_cell(by_name.get(name)) for name in names)
