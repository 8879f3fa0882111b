"""The command paraphrase."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tutelage.cli.options import BadLines, ComputeType, Engine, Format, Quiet, refuse_unheeded
from tutelage.cli.progress import shown_progress
from tutelage.core.errors import UsageError

if TYPE_CHECKING:
    from tutelage.tasks.paraphrase import Paraphrased

OVER_GENERATE = 3
"""Outputs for each paraphrase where they are ranked."""

_HEEDED_BY = {"beam": ("beam",), "diverse": ("penalty",), "top-p": ("temperature", "top_p", "seed")}
"""The options that only one search looks at."""
_Search = Annotated[
    Literal["greedy", "beam", "diverse", "top-p"],
    typer.Option("--decoding", help="How several outputs are found; greedy gives one."),
]
_Level = Annotated[
    Literal["low", "medium", "high"] | None,
    typer.Option("--diversity", help="How far from the source, for students that were trained with levels."),
]


def paraphrase(
    context: typer.Context,
    document: Annotated[
        str, typer.Argument(metavar="IN", help="Sentences, one a line or in any format; - is standard input.")
    ] = "-",
    student: Annotated[
        str | None, typer.Option(help="A run's folder, a model folder or a hub name.", show_default=False)
    ] = None,
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="Paraphrases for each sentence, at most.")] = 1,
    diversity: _Level = None,
    search: _Search = "beam",
    beam: Annotated[
        int | None, typer.Option("--beam", min=1, help="With beam: its size; without it, wide enough for all outputs.")
    ] = None,
    temperature: Annotated[float, typer.Option(help="With top-p: how even the choice is; 0.5 is careful.")] = 1.0,
    top_p: Annotated[float, typer.Option("--top-p", help="With top-p: the share that is sampled from.")] = 0.9,
    penalty: Annotated[
        float, typer.Option("--penalty", help="With diverse: what a token costs that another output has in its place.")
    ] = 1.0,
    rerank: Annotated[
        bool, typer.Option("--rerank", help="Order by agreement with the other outputs and distance from the source.")
    ] = False,
    embedder: Annotated[
        str | None,
        typer.Option(
            help="With --json: what tells meaning: embedded, model2vec:NAME, or a sentence-transformers name.",
            show_default=False,
        ),
    ] = None,
    over_generate: Annotated[
        int | None,
        typer.Option("--over-generate", min=1, help="Outputs for each paraphrase asked for; 3 with --rerank, else 1."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="With top-p: the seed.")] = 0,
    lang: Annotated[
        str | None, typer.Option("--lang", metavar="LANG", help="The language, if the student does not say it.")
    ] = None,
    text_format: Format = None,
    bad_lines: BadLines = 0.0,
    engine: Engine = "auto",
    compute_type: ComputeType = "float32",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON Lines with measures instead of text.")] = False,
    quiet: Quiet = False,
) -> None:
    """Say sentences in other words; what is read from standard input is answered line by line.

    Writes a line for each paraphrase, and a blank line behind each sentence's if more than one was asked for.

    Example: echo "The file is open." | tutelage paraphrase --student runs/paraphrase -n 3 --diversity high
    """
    if student is None:
        raise UsageError("there is no student to paraphrase with.", fix="Name one with --student.")
    _require_sampling_settings(temperature, top_p, penalty)
    _refuse_unheeded(context, search, as_json=as_json)
    from tutelage.tasks.paraphrase import Asked, paraphrase_file

    asked = Asked(
        count=count,
        search=search,
        level=diversity,
        beam_size=beam,
        diversity_penalty=penalty,
        temperature=temperature,
        top_p=top_p,
        over_generate=over_generate or (OVER_GENERATE if rerank else 1),
        seed=seed,
    )
    with shown_progress(quiet=quiet) as progress:
        found = paraphrase_file(
            document,
            student=student,
            asked=asked,
            lang=lang,
            text_format=text_format,
            bad_lines=bad_lines,
            reranked=rerank,
            measured=as_json,
            embedder=embedder,
            engine=engine,
            compute_type=compute_type,
            progress=progress,
        )
        for one in found:
            for line in _as_json(one) if as_json else _as_text(one, count=count):
                print(line, flush=True)


def _refuse_unheeded(context: typer.Context, search: str, *, as_json: bool) -> None:
    for decoding, names in _HEEDED_BY.items():
        if decoding != search:
            refuse_unheeded(context, *names, fix=f"It is for another search: give --decoding {decoding} with it.")
    if search == "greedy":
        refuse_unheeded(context, "over_generate", fix="A greedy search gives one output: choose another --decoding.")
    if not as_json:
        refuse_unheeded(context, "embedder", fix="It is for the measures that --json writes: give --json with it.")


def _require_sampling_settings(temperature: float, top_p: float, penalty: float) -> None:
    for name, value in (("--temperature", temperature), ("--top-p", top_p), ("--penalty", penalty)):
        if value <= 0:
            raise UsageError(f"{name} is {value:g}, but it must be above 0.", fix="Give a number above 0.")


def _as_text(one: Paraphrased, *, count: int) -> Iterator[str]:
    """One line for each source where one paraphrase was asked for, so that lines stay aligned."""
    texts = [" ".join(paraphrase.text.split()) for paraphrase in one.paraphrases]
    yield from texts
    if count > 1 or not texts:
        yield ""


def _as_json(one: Paraphrased) -> Iterator[str]:
    measures = ("lexical", "meaning")
    rows = [
        {"text": paraphrase.text, **{name: _rounded(getattr(paraphrase, name)) for name in measures}}
        for paraphrase in one.paraphrases
    ]
    given: list[dict[str, Any]] = [{name: value for name, value in row.items() if value is not None} for row in rows]
    yield json.dumps({"source": one.source, "paraphrases": given}, ensure_ascii=False)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
