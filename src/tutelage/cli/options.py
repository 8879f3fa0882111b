"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tutelage.core.errors import UsageError
from tutelage.core.evidence import LEAST_RESAMPLES

Runs = Annotated[Path, typer.Option("--runs", metavar="DIR", help="Folder of the run folders.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a value of the recipe, for instance step.0.train.epochs=5. May be given again.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON instead of a table.")]
Source = Annotated[str | None, typer.Option("--source", metavar="LANG", help="Source language, such as en.")]
Target = Annotated[str | None, typer.Option("--target", metavar="LANG", help="Target language, such as pt-BR.")]
Format = Annotated[
    str | None,
    typer.Option(
        "--format", help="One of those that `tutelage formats` lists; without it, by the suffix.", show_default=False
    ),
]
SourceFile = Annotated[
    str,
    typer.Option(
        "--source-file",
        metavar="FILE",
        help="For formats with one language a file: the same text in the source language.",
        show_default=False,
    ),
]
BadLines = Annotated[
    float,
    typer.Option(
        "--bad-lines",
        min=0,
        max=1,
        metavar="SHARE",
        help="Share of lines that may be unreadable; they are left out and told. 0 stops at the first.",
    ),
]
GlossaryFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--glossary",
        metavar="FILE",
        help="Terms that translations must keep: CSV, TSV or TBX. May be given again.",
        show_default=False,
    ),
]
Beam = Annotated[int, typer.Option("--beam", min=1, help="Beam size; 1 is greedy.")]
OwnBeam = Annotated[
    int | None, typer.Option("--beam", min=1, help="Beam size; 1 is greedy.", show_default="1, or an export's own")
]
Engine = Annotated[
    str, typer.Option("--engine", help="Decoding engine: auto, ctranslate2, llama.cpp, transformers or vllm.")
]
ComputeType = Annotated[
    str, typer.Option("--compute-type", help="Arithmetic of CTranslate2: float32, int8, int8_float32, float16, …")
]
ResamplingSeed = Annotated[int, typer.Option("--seed", help="Seed of the resampling.")]
Resamples = Annotated[int, typer.Option("--resamples", min=LEAST_RESAMPLES, help="Samples of the bootstrap.")]
DEFAULT_RUNS = Path("runs")


def refuse_unheeded(context: typer.Context, *names: str, fix: str) -> None:
    """UsageError if one of these parameters was given to a call that does not look at it; `fix` says what it is for."""
    given = [
        one.opts[0]
        for one in context.command.params
        if one.name in names and getattr(context.get_parameter_source(one.name), "name", "") == "COMMANDLINE"
    ]
    if given:
        raise UsageError("this would not be heeded.", where=", ".join(given), fix=fix)
