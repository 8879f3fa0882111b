"""Commands that use a student: translate, evaluate."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tutelage.cli.options import (
    BadLines,
    ComputeType,
    Engine,
    Format,
    GlossaryFiles,
    Json,
    OwnBeam,
    Quiet,
    Resamples,
    ResamplingSeed,
    Source,
    SourceFile,
    Target,
    refuse_unheeded,
)
from tutelage.cli.output import print_found
from tutelage.cli.progress import shown_progress
from tutelage.core.errors import UsageError

if TYPE_CHECKING:
    from tutelage.core.glossary.keeping import TermKeeping
    from tutelage.core.languages import Direction
    from tutelage.core.metrics import MetricSettings

_STUDENT_HELP = "A model folder, a hub name, embedded:en-pt, an export, or a run's folder."
Protect = Annotated[
    bool,
    typer.Option(
        "--protect/--no-protect", help="Keep placeholders, markup, addresses, numbers, code and what it cannot spell."
    ),
]
Terms = Literal["off", "rerank", "force", "fill"]
_TERMS_HELP = (
    "How a glossary's terms are kept: by another hypothesis (rerank), also by force (force), by their targets put in "
    "masks (fill), or not at all (off)."
)
_Run = Annotated[
    Path | None, typer.Option("--run", metavar="DIR", help="A run's folder: its promoted student and its languages.")
]


def translate(
    context: typer.Context,
    document: Annotated[str, typer.Argument(metavar="IN", help="The document; - is standard input.")] = "-",
    out: Annotated[str, typer.Option("--out", "-o", metavar="OUT", help="Where to write; - is standard output.")] = "-",
    student: Annotated[str | None, typer.Option(help=_STUDENT_HELP, show_default=False)] = None,
    run: _Run = None,
    source: Source = None,
    target: Target = None,
    text_format: Format = None,
    source_file: SourceFile = "",
    bad_lines: BadLines = 0.0,
    beam: OwnBeam = None,
    engine: Engine = "auto",
    compute_type: ComputeType = "float32",
    retranslate: Annotated[
        bool, typer.Option("--retranslate", help="Localisation files: also what has a translation.")
    ] = False,
    on_loss: Annotated[
        Literal["fuzzy", "empty", "keep"],
        typer.Option(help="A translation that lacks a placeholder or a number: mark it, leave it empty, or keep it."),
    ] = "fuzzy",
    protect: Protect = True,
    glossary: GlossaryFiles = None,
    terms: Annotated[Terms, typer.Option(help=_TERMS_HELP)] = "force",
    quiet: Quiet = False,
) -> None:
    """Translate a document of any supported format; the copy keeps everything but the translations.

    Example: echo "Open the file." | tutelage translate --run runs/demo
    """
    _require_glossary(context, glossary)
    name = _one_student(student, run)
    direction = choose_direction(source, target, name)
    from tutelage.core.protection.spans import ALL
    from tutelage.tasks.translation import translate_file

    with shown_progress(quiet=quiet) as progress:
        translate_file(
            document,
            out,
            student=name,
            direction=direction,
            text_format=text_format,
            source_file=source_file,
            beam_size=beam,
            engine=engine,
            compute_type=compute_type,
            retranslate=retranslate,
            bad_lines=bad_lines,
            protection=ALL if protect else None,
            on_loss=on_loss,
            terms=_keeping(glossary, direction, terms),
            progress=progress,
        )


def evaluate(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Bilingual text to measure on.", show_default=False)],
    student: Annotated[
        list[str] | None, typer.Option(help=f"{_STUDENT_HELP} Several are compared with the first.", show_default=False)
    ] = None,
    source: Source = None,
    target: Target = None,
    text_format: Format = None,
    source_file: SourceFile = "",
    bad_lines: BadLines = 0.0,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many segments, drawn evenly.")] = None,
    beam: OwnBeam = None,
    engine: Engine = "auto",
    compute_type: ComputeType = "float32",
    protect: Protect = True,
    glossary: GlossaryFiles = None,
    terms: Annotated[Terms, typer.Option(help=_TERMS_HELP)] = "off",
    seed: ResamplingSeed = 1,
    resamples: Resamples = 1000,
    off_target: Annotated[
        Literal["strict", "paper"],
        typer.Option(help="strict: what cannot be told counts apart. paper: the first label of every line counts."),
    ] = "strict",
    language_id: Annotated[
        list[str] | None,
        typer.Option(
            help="What tells languages: py3langid or the path of a fastText model. Several vote.",
            show_default="py3langid",
        ),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[=COMMAND]",
            help="A metric of others besides, installed by `tutelage metrics add`, or a program. May be given again.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Score students on a bilingual text, with 95 % intervals and signatures.

    Example: tutelage evaluate test.tsv --student embedded:en-pt --student runs/demo --source en --target pt-BR
    """
    _require_glossary(context, glossary)
    if not student:
        raise UsageError("there is no student to evaluate.", fix="Name one with --student.")
    direction = choose_direction(source, target, *student)
    from tutelage.cli.summaries import render_evaluation
    from tutelage.core.decoding import Decoding
    from tutelage.core.protection.spans import ALL
    from tutelage.core.recipe import TextSettings
    from tutelage.tasks.evaluation import evaluate_students

    with shown_progress(quiet=quiet) as progress:
        evaluation = evaluate_students(
            student,
            TextSettings(path=text, format=text_format, source_file=source_file, limit=limit, bad_lines=bad_lines),
            direction=direction,
            decoding=None if beam is None else Decoding(beam_size=beam),
            engine=engine,
            compute_type=compute_type,
            protection=ALL if protect else None,
            seed=seed,
            resamples=resamples,
            off_target=off_target,
            language_id=language_id or "py3langid",
            terms=_keeping(glossary, direction, terms),
            metrics=read_metrics(metric or []),
            progress=progress,
        )
    print_found(evaluation, render_evaluation(evaluation), as_json=as_json)


def read_metrics(options: list[str]) -> dict[str, MetricSettings]:
    """`comet`, or `own=python scorer.py`."""
    from tutelage.core.metrics import MetricSettings
    from tutelage.evaluation.metrics.metric import metric_problems

    named = {name: MetricSettings(command=_words(command)) for name, _, command in (o.partition("=") for o in options)}
    for name, settings in named.items():
        for problem in metric_problems(name, settings):
            raise UsageError(problem, where=f"--metric {name}")
    return named


def _words(command: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(command))
    except ValueError as error:
        raise UsageError(f"the command cannot be read ({error}).", where=f"--metric …={command}") from error


def _require_glossary(context: typer.Context, files: list[str] | None) -> None:
    if not files:
        fix = (
            "It is for the terms of a glossary: give --glossary. An export with terms of its own keeps them as it says."
        )
        refuse_unheeded(context, "terms", fix=fix)


def _keeping(files: list[str] | None, direction: Direction, way: Terms) -> TermKeeping | None:
    from tutelage.core.glossary.keeping import TermKeeping
    from tutelage.corpora.glossary.reading import open_glossary

    return TermKeeping(open_glossary(files, direction=direction), way) if files else None


def _one_student(student: str | None, run: Path | None) -> str:
    if (student is None) == (run is None):
        raise UsageError("name one student.", fix="Give either --student or --run.")
    if student is not None:
        return student
    from tutelage.students.promoted import require_run_folder

    return str(require_run_folder(Path(run or "")))


def choose_direction(source: str | None, target: str | None, *students: str) -> Direction:
    """The languages given, or else those of the first student that is the folder of a run or of an export."""
    from tutelage.core.languages import Direction, normalise_language
    from tutelage.students.naming import direction_of_run, says_direction

    runs = [Path(name) for name in students if says_direction(name)]
    if (source is None or target is None) and not runs:
        raise UsageError(
            "the languages are missing.", fix="Give --source and --target, such as --source en --target pt-BR."
        )
    known = direction_of_run(runs[0]) if source is None or target is None else Direction(source, target)
    return Direction(normalise_language(source or known.source), normalise_language(target or known.target))
