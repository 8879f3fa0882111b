"""The command that puts students to work behind HTTP: serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.feedback import DEFAULT_STORE, FeedbackPlace
from tutelage.cli.options import Beam, ComputeType, Engine, GlossaryFiles, Source, Target
from tutelage.core.errors import UsageError


def serve(
    students: Annotated[
        list[str],
        typer.Argument(
            metavar="STUDENT...",
            help="Runs' folders, model folders, hub names or embedded:en-pt; STUDENT=en:de says the languages.",
            show_default=False,
        ),
    ],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 5000,
    source: Source = None,
    target: Target = None,
    glossary: GlossaryFiles = None,
    beam: Beam = 1,
    engine: Engine = "auto",
    compute_type: ComputeType = "float32",
    characters: Annotated[int, typer.Option(min=1, help="Characters of one request at most.")] = 100_000,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long a translation may take.")] = 60.0,
    rate: Annotated[
        int | None, typer.Option(min=1, help="Requests a minute of one caller at most.", show_default=False)
    ] = None,
    follow: Annotated[
        Path | None,
        typer.Option(
            metavar="RUNS",
            help="Folder of runs: what they promote takes the place of what is served.",
            show_default=False,
        ),
    ] = None,
    feedback: FeedbackPlace = DEFAULT_STORE,
    days: Annotated[
        Path, typer.Option(metavar="FILE", help="Store of what was seen day by day: counts, no text.")
    ] = Path("runs/served.days"),
    suggestions: Annotated[
        bool, typer.Option("--suggestions/--no-suggestions", help="Keep what people correct for a run to learn from.")
    ] = True,
    key: Annotated[
        bool | None,
        typer.Option(
            "--key/--no-key",
            help="Serve nobody without a key, or everybody.",
            show_default="a key is needed unless the address is the loopback's",
        ),
    ] = None,
    log: Annotated[bool, typer.Option("--log", help="Write a line for each request; never its text.")] = False,
) -> None:
    """Serve students over HTTP as LibreTranslate and OpenAI do, for tools that speak to these; Ctrl-C stops.

    Example: tutelage serve embedded:en-pt --port 5000
    """
    from tutelage.core.decoding import Decoding
    from tutelage.serving.naming import named_students
    from tutelage.serving.serving import Wishes, serve_students

    if glossary and len(students) > 1:
        raise UsageError("a glossary is of one direction.", fix="Serve one student with it.")
    serve_students(
        named_students(students, source=source, target=target),
        Wishes(
            host=host,
            port=port,
            glossary=tuple(glossary or ()),
            engine=engine,
            compute_type=compute_type,
            decoding=Decoding(beam_size=beam),
            characters=characters,
            seconds=seconds,
            rate=rate,
            log=log,
            feedback=feedback,
            days=days,
            follow=follow,
            suggestions=suggestions,
            needs_key=key,
        ),
        started=lambda address: print(address, flush=True),
    )
