"""A probe: errors are planted in correct translations, and a teacher is asked to find them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tutelage.core.errors import CorpusError, RecipeError, UsageError, did_you_mean
from tutelage.core.glossary.terms import Term
from tutelage.core.protocols import Progress, Silence
from tutelage.core.recipe import Recipe
from tutelage.core.records import Pair
from tutelage.corpora.glossary.reading import read_glossary
from tutelage.corpora.normalising import short_hash
from tutelage.corpora.texts import Texts
from tutelage.evaluation.detection import Detection, measure_detection
from tutelage.evaluation.planted_errors import PlantedText, PlantingSettings, plant_errors
from tutelage.evaluation.report_data import RejectionCount
from tutelage.labelling.kinds.registry import kind_of
from tutelage.labelling.lending import lent_teachers
from tutelage.labelling.teachers import Teachers, choose_teacher, teacher_problems
from tutelage.stages.rejections import count_rejections
from tutelage.tasks.probe.feedback import Given, How, ask_feedback, compare_with_translations

USES = ("test", "general", "dev", "parallel")
"""Bilingual texts of a recipe; the first that it names is probed with."""
MIN_WORDS, MAX_WORDS = 4, 60
"""Of the reference: shorter ones have no room for most kinds of error, longer ones are not one sentence."""


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """What is planted, and how the teacher is asked."""

    texts: int = 200
    planting: PlantingSettings = field(default_factory=PlantingSettings)
    use: str | None = None
    """Which text of the recipe; `None` means the first of `USES` that it names."""
    how: How | None = None
    """`asked` or `compared`; with `None`, engines are compared with and chat teachers asked."""
    threshold: float | None = None
    """Agreement from which a compared text counts as right; with `None` measured on the other half of the texts."""
    mode: Literal["strict", "paper"] = "strict"
    """Of asked feedback."""
    resamples: int = 1000


@dataclass(frozen=True, slots=True)
class Probe:
    """What a teacher found."""

    teacher: str
    """Its signature."""
    how: How
    use: str
    thresholds: tuple[float, ...]
    """When compared: of each half of the texts."""
    seed: int
    detection: Detection
    rejections: tuple[RejectionCount, ...]


def probe_teacher(
    recipe: Recipe,
    *,
    runs: Path,
    teacher: str | None = None,
    glossary: Path | str | None = None,
    settings: ProbeSettings | None = None,
    progress: Progress | None = None,
) -> Probe:
    """Plant errors in a text of the recipe, and measure how many of them its teacher finds.

    Without a glossary no wrong terms are planted. RecipeError or UsageError before anything is asked.
    """
    settings, progress = settings or ProbeSettings(), progress or Silence()
    name, how, use = _teacher(recipe, teacher), _how(recipe, teacher, settings), _use(recipe, settings)
    direction = recipe.direction.direction
    read = read_glossary(glossary, direction=direction) if glossary else ()
    terms = [term for term in read if not term.forbidden]
    planted = _plant(recipe, use, settings, terms)
    with lent_teachers(recipe, runs=runs, purpose="probe") as teachers:
        given = _give(planted, teachers, name, how, recipe, settings, progress)
    rejections = count_rejections([given.rejections])
    if not given.feedbacks:
        told = ", ".join(f"{one.reason}: {one.count:,}" for one in rejections)
        raise CorpusError(f"the teacher gave no usable feedback on any text ({told}).", where=f"teachers.{name}")
    return Probe(
        teacher=given.teacher,
        how=how,
        use=use,
        thresholds=given.thresholds,
        seed=settings.planting.seed,
        detection=measure_detection(
            planted, given.feedbacks, seed=settings.planting.seed, resamples=settings.resamples
        ),
        rejections=rejections,
    )


def _plant(recipe: Recipe, use: str, settings: ProbeSettings, terms: Sequence[Term]) -> list[PlantedText]:
    """So many texts of a fit length, drawn by hash, with their errors."""
    pairs = (pair for pair in Texts(recipe.text, recipe.direction.direction).pairs(use) if _fits(pair))
    ranked = sorted(pairs, key=lambda pair: short_hash(str(settings.planting.seed), pair.id))[: settings.texts]
    if not ranked:
        raise CorpusError(
            f"no translation has {MIN_WORDS} to {MAX_WORDS} words, so there is nothing to plant errors in.",
            where=f"text.{use}",
        )
    return plant_errors(ranked, settings=settings.planting, terms=terms)


def _fits(pair: Pair) -> bool:
    return MIN_WORDS <= len(pair.target.text.split()) <= MAX_WORDS


def _give(
    planted: Sequence[PlantedText],
    teachers: Teachers,
    teacher: str,
    how: How,
    recipe: Recipe,
    settings: ProbeSettings,
    progress: Progress,
) -> Given:
    direction = recipe.direction.direction
    if how == "asked":
        return ask_feedback(
            planted,
            teachers=teachers,
            teacher=teacher,
            direction=direction,
            mode=settings.mode,
            seed=settings.planting.seed,
            progress=progress,
        )
    return compare_with_translations(
        planted,
        teachers=teachers,
        teacher=teacher,
        direction=direction,
        threshold=settings.threshold,
        progress=progress,
    )


def _teacher(recipe: Recipe, teacher: str | None) -> str:
    try:
        return choose_teacher(recipe.teachers, teacher)
    except RecipeError as error:
        raise RecipeError([f"--teacher: {problem}" for problem in error.problems]) from error


def _how(recipe: Recipe, teacher: str | None, settings: ProbeSettings) -> How:
    can_write = kind_of(recipe.teachers[_teacher(recipe, teacher)]).can_write
    how = settings.how or ("asked" if can_write else "compared")
    problems = teacher_problems(recipe, teacher, key="--teacher", chat=how == "asked")
    if problems:
        raise RecipeError(problems)
    return how


def _use(recipe: Recipe, settings: ProbeSettings) -> str:
    named = [use for use in USES if getattr(recipe.text, use) is not None]
    if not named:
        raise UsageError("the recipe names no bilingual text to plant errors in.", fix=f"Add one of {', '.join(USES)}.")
    if settings.use is None:
        return named[0]
    if settings.use not in named:
        raise UsageError(
            f"the recipe has no bilingual text '{settings.use}'.", where="--on", fix=did_you_mean(settings.use, named)
        )
    return settings.use
