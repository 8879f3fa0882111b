"""Which form of feedback suits a teacher: the three are compared on a few segments of a recipe's text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tutelage.core.decoding import Decoding
from tutelage.core.errors import RecipeError, UsageError, did_you_mean
from tutelage.core.protocols import Progress, Silence
from tutelage.core.recipe import Recipe
from tutelage.core.records import Hypothesis, Pair, Segment
from tutelage.corpora.normalising import short_hash
from tutelage.corpora.texts import Texts
from tutelage.labelling.feedback.choice import Choice, FormTrial, choose_form
from tutelage.labelling.feedback.trial import FormRoles, Panel, grade_by_references, grade_by_return, try_forms
from tutelage.labelling.kinds.registry import kind_of
from tutelage.labelling.lending import lent_teachers
from tutelage.labelling.roles.feedback import GiveFeedback
from tutelage.labelling.teachers import choose_teacher
from tutelage.students.naming import open_student

USES = ("dev", "test", "general", "parallel", "pool")
"""Texts of a recipe; the first that it names is probed with. Of the pool only the source side is taken."""
MAX_WORDS = 60
DRAWN_FROM = 20_000
"""Segments that the few are drawn from."""
ENGINE = "it is a translation engine, which gives feedback in no other form"


@dataclass(frozen=True, slots=True)
class FormsSettings:
    """What the forms are compared on."""

    segments: int = 50
    use: str | None = None
    """Which text of the recipe; `None` means the first of `USES` that it names."""
    student: str | None = None
    """Whose hypotheses, as `open_student` takes it; `None` means the recipe's."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class FormsProbe:
    """How the forms compare, and which to set."""

    teacher: str
    """Its signature."""
    student: str
    use: str
    judged_by: str
    """`references`, or `way back`: what the teacher itself makes of the texts in the source language."""
    seed: int
    trials: tuple[FormTrial, ...]
    """None of an engine, which only translates."""
    choice: Choice


def compare_forms(
    recipe: Recipe,
    *,
    runs: Path,
    teacher: str | None = None,
    settings: FormsSettings | None = None,
    progress: Progress | None = None,
) -> FormsProbe:
    """Each form on the same hypotheses; RecipeError or UsageError before anything is asked."""
    settings, progress = settings or FormsSettings(), progress or Silence()
    name, use = _teacher(recipe, teacher), _use(recipe, settings)
    student = settings.student or _student(recipe)
    if not kind_of(recipe.teachers[name]).can_write:
        shown = recipe.teachers[name].shown
        return FormsProbe(shown, student, use, "", settings.seed, (), Choice("translated", ENGINE))
    pairs, segments = _draw(recipe, use, settings)
    hypotheses = _translate(recipe, student, segments)
    with lent_teachers(recipe, runs=runs, purpose="probe") as teachers:
        roles = FormRoles.of(GiveFeedback(recipe.direction.direction))
        panel = Panel(roles, teachers.chat(name), teachers.ledger, progress, seed=settings.seed)
        if pairs:
            grade = grade_by_references({pair.id: pair.target.text for pair in pairs})
        else:
            grade = grade_by_return(panel, {one.id: one.text for one in segments})
        trials = try_forms(hypotheses, panel=panel, grade=grade)
        signature = panel.teacher.signature
    judged_by = "references" if pairs else "way back"
    return FormsProbe(signature, student, use, judged_by, settings.seed, tuple(trials), choose_form(trials))


def _draw(recipe: Recipe, use: str, settings: FormsSettings) -> tuple[Sequence[Pair], Sequence[Segment]]:
    """Segments drawn by hash, with their references if the text has some."""
    texts, seed = Texts(recipe.text, recipe.direction.direction), str(settings.seed)
    if use != "pool":
        fit = (pair for pair in islice(texts.pairs(use), DRAWN_FROM) if _fits(pair.source))
        pairs = sorted(fit, key=lambda pair: short_hash(seed, pair.id))[: settings.segments]
        return pairs, [pair.source for pair in pairs]
    fit_segments = (one for one in islice(texts.text("pool").segments(), DRAWN_FROM) if _fits(one))
    return (), sorted(fit_segments, key=lambda one: short_hash(seed, one.id))[: settings.segments]


def _fits(segment: Segment) -> bool:
    return len(segment.text.split()) <= MAX_WORDS


def _translate(recipe: Recipe, student: str, segments: Sequence[Segment]) -> list[Hypothesis]:
    engine = open_student(
        student,
        direction=recipe.direction.direction,
        engine=recipe.student.engine,
        compute_type=recipe.student.compute_type,
    )
    evaluation = recipe.evaluation
    decoding = Decoding(beam_size=evaluation.beam_size, max_target_tokens=evaluation.max_target_tokens)
    texts = engine.translate((one.text for one in segments), decoding=decoding)
    return [Hypothesis(one, text, engine.signature) for one, text in zip(segments, texts, strict=True)]


def _student(recipe: Recipe) -> str:
    if recipe.student.model is None or recipe.student.adapter is not None:
        raise UsageError(
            "the recipe's student cannot translate as it is.",
            where="[student]",
            fix="Name one by --student: a model folder, a hub name, or a run.",
        )
    return recipe.student.model


def _teacher(recipe: Recipe, teacher: str | None) -> str:
    try:
        return choose_teacher(recipe.teachers, teacher)
    except RecipeError as error:
        raise RecipeError([f"--teacher: {problem}" for problem in error.problems]) from error


def _use(recipe: Recipe, settings: FormsSettings) -> str:
    named = [use for use in USES if getattr(recipe.text, use) is not None]
    if not named:
        raise UsageError("the recipe names no text to try the forms on.", fix=f"Add one of {', '.join(USES)}.")
    if settings.use is None:
        return named[0]
    if settings.use not in named:
        raise UsageError(
            f"the recipe has no text '{settings.use}'.", where="--on", fix=did_you_mean(settings.use, named)
        )
    return settings.use
