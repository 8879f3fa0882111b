"""The command that puts a student's outputs before a translator: review."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.options import BadLines, Beam, Format, GlossaryFiles, Quiet, Source, Target
from tutelage.cli.progress import shown_progress
from tutelage.core.counts import counted


def review(
    student: Annotated[
        str,
        typer.Argument(metavar="STUDENT", help="A run's folder, a model folder, a hub name or embedded:en-pt."),
    ],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Text that the student translates.", show_default=False)],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where the page and the XLIFF file go.")
    ] = Path("review"),
    memory: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A translation memory: like texts are shown beside.", show_default=False),
    ] = None,
    glossary: GlossaryFiles = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many outputs, the least certain ones.")] = 200,
    source: Source = None,
    target: Target = None,
    text_format: Format = None,
    bad_lines: BadLines = 0.0,
    beam: Beam = 1,
    quiet: Quiet = False,
) -> None:
    """Write a page and an XLIFF file in which a translator corrects a student's outputs, the least certain first.

    Of a glossary, what is not translated is kept and marked. The page needs no network.

    A recipe with feedback.source = "people" reads what the page saves. The last line is its path.

    Example: tutelage review runs/manuals new-manual.txt -o review --memory memory.tsv
    """
    from tutelage.cli.students import choose_direction
    from tutelage.corpora.glossary.reading import open_glossary
    from tutelage.tasks.review.review import write_review

    direction = choose_direction(source, target, student)
    with shown_progress(quiet=quiet) as progress:
        written = write_review(
            text,
            out,
            student=student,
            direction=direction,
            memory=memory,
            glossary=open_glossary(glossary, direction=direction) if glossary else None,
            text_format=text_format,
            most=limit,
            beam_size=beam,
            bad_lines=bad_lines,
            progress=progress,
        )
    matched = "" if memory is None else f", {written.matched:,} of them with a like text in the memory"
    print(f"{counted(written.items, 'translation')} to review{matched}")
    print(written.xliff)
    print(written.page)
