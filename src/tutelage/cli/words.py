"""The commands `tutelage words …`: word lists made and scored."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tutelage.cli.options import (
    DEFAULT_RUNS,
    Beam,
    ComputeType,
    Engine,
    Format,
    Json,
    Overrides,
    Quiet,
    Resamples,
    ResamplingSeed,
    Runs,
    Source,
    Target,
    refuse_unheeded,
)
from tutelage.cli.output import align, print_found
from tutelage.cli.progress import shown_progress
from tutelage.cli.summaries import score_cell
from tutelage.core.counts import counted
from tutelage.core.errors import UsageError
from tutelage.evaluation.figures import format_change, measure_label

if TYPE_CHECKING:
    from tutelage.core.evidence import SystemScores
    from tutelage.core.languages import Direction
    from tutelage.core.protocols import TranslationTeacher
    from tutelage.core.recipe import Recipe
    from tutelage.tasks.words.building import WordListReport
    from tutelage.tasks.words.scoring import WordScores

words = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Make a word list and score students on it: do they translate words that they never saw, or saw elsewhere?",
)


@words.command()
def build(
    context: typer.Context,
    glossary: Annotated[
        Path, typer.Option("--glossary", metavar="FILE", help="Words and translations: TSV, TBX or a bilingual text.")
    ],
    text: Annotated[
        list[str], typer.Option("--text", metavar="FILE", help="Bilingual text to test on; with --teacher, any text.")
    ],
    train: Annotated[
        list[str],
        typer.Option("--train", metavar="FILE", help="What students were trained on, such as examples.parquet."),
    ],
    out: Annotated[str, typer.Option("--out", "-o", metavar="OUT", help="The word list to write, JSON Lines.")],
    source: Source = None,
    target: Target = None,
    recipe: Annotated[
        Path | None, typer.Option("--recipe", metavar="FILE", help="A recipe, for its languages and teachers.")
    ] = None,
    teacher: Annotated[
        str | None, typer.Option(metavar="NAME", help="Teacher of the recipe that translates the text.")
    ] = None,
    match: Annotated[
        str, typer.Option(help="How a translation is found in a reference: substring, word or lemma.")
    ] = "word",
    per_word: Annotated[int, typer.Option(min=1, help="Segments for one word at most.")] = 4,
    seed: Annotated[int, typer.Option(help="Seed of the choice among them.")] = 0,
    text_format: Format = None,
    overrides: Overrides = None,
    runs: Runs = DEFAULT_RUNS,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a word list: segments with a word of the glossary, by how often training has met the word.

    Give every text that any of the students to be compared was trained on, each with --train.

    Example: tutelage words build --glossary g.tsv --text test.tsv --train train.tsv --source en --target de -o w.jsonl
    """
    from tutelage.runs.recipe_files import load_recipe
    from tutelage.tasks.words.building import build_word_list

    if recipe is None:
        refuse_unheeded(context, "overrides", fix="It changes a recipe: name it with --recipe.")
    loaded = load_recipe(recipe, overrides or ()) if recipe else None
    direction = _direction(source, target, loaded)
    with shown_progress(quiet=quiet) as progress, _translator(teacher, loaded, runs) as translator:
        made = build_word_list(
            out,
            glossary=glossary,
            text=text,
            train=train,
            direction=direction,
            text_format=text_format,
            translator=translator,
            match=match,
            per_word=per_word,
            seed=seed,
            progress=progress,
        )
    print_found(made, render_word_list(made), as_json=as_json, file=sys.stderr if out == "-" else sys.stdout)


@words.command()
def score(
    word_list: Annotated[Path, typer.Argument(metavar="WORDS", help="A word list.", show_default=False)],
    student: Annotated[
        list[str] | None,
        typer.Option(help="A model folder, a hub name, embedded:en-pt, or a run's folder.", show_default=False),
    ] = None,
    hypotheses: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="The word list as another system translated it, ids kept."),
    ] = None,
    match: Annotated[
        list[str] | None, typer.Option(help="substring, word or lemma; may be given again. Without it, the first two.")
    ] = None,
    beam: Beam = 1,
    engine: Engine = "auto",
    compute_type: ComputeType = "float32",
    seed: ResamplingSeed = 1,
    resamples: Resamples = 1000,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Score students on a word list, by group, with 95 % intervals; all are compared with the first.

    Files of hypotheses come before students. The bootstrap draws words.

    Example: tutelage words score words.jsonl --student embedded:en-pt --student runs/demo
    """
    from tutelage.core.decoding import Decoding
    from tutelage.tasks.words.scoring import DEFAULT_MATCHES, score_word_list

    with shown_progress(quiet=quiet) as progress:
        scores = score_word_list(
            word_list,
            students=student or (),
            hypotheses=hypotheses or (),
            matches=match or DEFAULT_MATCHES,
            decoding=Decoding(beam_size=beam),
            engine=engine,
            compute_type=compute_type,
            seed=seed,
            resamples=resamples,
            progress=progress,
        )
    print_found(scores, render_word_scores(scores), as_json=as_json)


def render_word_list(made: WordListReport) -> Iterator[str]:
    """Items by group, and what was left out."""
    text = f"{counted(made.terms, 'term')}, {counted(made.training, 'training segment')}"
    yield f"{counted(made.items, 'item')} of {counted(made.words, 'word')}; {text}"
    rows = [(name, f"{count:,}") for name, count in made.groups.items()]
    yield from align([("group", "items"), *rows], right=[1])
    for reason, count in made.left_out.items():
        yield f"left out, {reason}: {count:,}"


def render_word_scores(scores: WordScores) -> Iterator[str]:
    """Term accuracy by system, group and way of matching; the comparisons; the signatures."""
    yield f"{counted(scores.items, 'item')}, 95 % intervals"
    names = [score.name for score in scores.systems[0].scores]
    header = ("system", "group", "items", *map(measure_label, names))
    yield from align([header, *map(_word_row, scores.systems)], right=range(2, len(header)))
    for comparison in scores.comparisons:
        yield ""
        yield f"{comparison.system} against {comparison.baseline}:"
        yield from (f"  {format_change(one)}" for one in comparison.comparisons)
    yield ""
    yield from dict.fromkeys(f"signature of {one.system}: {one.signature}" for one in scores.systems)
    yield from (f"signature of {measure_label(s.name)}: {s.signature}" for s in scores.systems[0].scores)


@contextmanager
def _translator(name: str | None, recipe: Recipe | None, runs: Path) -> Iterator[TranslationTeacher | None]:
    """The teacher of the recipe that was named; `None` if none was."""
    from tutelage.labelling.lending import lent_teachers

    if name is None:
        yield None
        return
    if recipe is None:
        raise UsageError("a teacher is named, but not the recipe that describes it.", fix="Give --recipe.")
    with lent_teachers(recipe, runs=runs, purpose="words") as teachers:
        yield teachers.translator(name)


def _direction(source: str | None, target: str | None, recipe: Recipe | None) -> Direction:
    from tutelage.core.languages import Direction, normalise_language

    if recipe is not None:
        source, target = source or recipe.direction.source, target or recipe.direction.target
    if source is None or target is None:
        raise UsageError("the languages are missing.", fix="Give --source and --target, or a recipe by --recipe.")
    return Direction(normalise_language(source), normalise_language(target))


def _word_row(system: SystemScores) -> tuple[str, ...]:
    items = max((score.n for score in system.scores), default=0)
    return (system.system, system.test, f"{items:,}", *map(score_cell, system.scores))
