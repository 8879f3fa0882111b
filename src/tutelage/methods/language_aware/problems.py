"""What of a recipe does not fit a language_aware step, in plain words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields

from tutelage.core.errors import RecipeError, UserError, did_you_mean
from tutelage.core.languages import Direction, base_language
from tutelage.core.recipe import Recipe, TextSettings, TextsSettings
from tutelage.core.settings import FreshSettings
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.texts import Texts
from tutelage.evaluation.measures import MEASURES
from tutelage.evaluation.off_target.failures import is_translation
from tutelage.evaluation.rules import MEANS, TESTS, Rule, parse_rules
from tutelage.labelling.teachers import teacher_problems
from tutelage.methods.language_aware.conflicts import ConflictSource, changes_target
from tutelage.methods.language_aware.directions import (
    KnownDirection,
    list_directions,
    supervised_directions,
    zero_shot_directions,
)
from tutelage.methods.language_aware.settings import LanguageAwareSettings
from tutelage.stages.checks.asking_checks import contrastive_problems, shots_problems, why_not_told
from tutelage.stages.rehearsal.problems import rationale_problems


def language_aware_problems(settings: LanguageAwareSettings, recipe: Recipe) -> list[str]:
    """Directions without text, named twice or not sayable, no possible conflict, rules without a test."""
    directions = list_directions(settings, recipe)
    found = [
        *_direction_problems(directions),
        *_text_problems(directions),
        *_student_problems(recipe, directions),
        *_stage_problems(settings),
        *_conflict_problems(settings, directions),
        *_rule_problems(settings, recipe, directions),
        *_baseline_problems(settings, recipe),
        *rationale_problems(settings.rationales, settings, recipe),
        *_ceiling_problems(settings, recipe),
    ]
    return list(dict.fromkeys(found))


def _direction_problems(directions: Sequence[KnownDirection]) -> Iterator[str]:
    counts = Counter(one.direction for one in directions)
    for one in directions:
        if not (one.is_supervised or one.is_measured):
            yield f"{one.place}: {one.direction} has neither a path to train on nor a test to measure on."
        if not is_translation(one.direction):
            yield f"{one.place}: {one.direction} is no translation; name two languages."
        if counts[one.direction] > 1 and one.place != "direction":
            own = "; text.parallel and text.test are the recipe's own direction" if _has_own(directions) else ""
            yield f"{one.place}: {one.direction} is named {counts[one.direction]} times{own}. Name each direction once."
    if not any(one.is_supervised for one in directions):
        yield "directions: none has a path, so there is nothing to train on. Name text.parallel, or a direction's path."


def _has_own(directions: Sequence[KnownDirection]) -> bool:
    return any(one.place == "direction" for one in directions)


def _text_problems(directions: Sequence[KnownDirection]) -> Iterator[str]:
    """Of the directions' own texts, read in their first row; those of the recipe are surveyed with it."""
    for one in directions:
        if one.place == "direction":
            continue
        texts = one.texts.settings
        if texts.parallel is not None and texts.parallel == texts.test:
            yield f"{one.place}.test: it is the same text as path, so the student would be measured on its training."
        for use, key, settings in (("parallel", "path", texts.parallel), ("test", "test", texts.test)):
            if settings is not None:
                yield from _unreadable(settings, one.direction, use=use, place=f"{one.place}.{key}")


def _unreadable(settings: TextSettings, direction: Direction, *, use: str, place: str) -> Iterator[str]:
    """Without the limit, which is drawn from the whole text."""
    whole = settings.model_copy(update={"limit": None})
    known = [field.name for field in fields(FieldNames)]
    unknown = [name for name in settings.fields if name not in known]
    yield from (f"{place}.fields.{name}: unknown key. {did_you_mean(name, known)}" for name in unknown)
    if unknown:
        return
    try:
        if next(Texts(TextsSettings(**{use: whole}), direction).pairs(use), None) is None:
            yield f"{place}: nothing is in it."
    except UserError as error:
        yield f"{place}: {error}"
    except OSError as error:
        yield f"{place}: {error.filename or 'a file'} cannot be read ({error.strerror})."


def _student_problems(recipe: Recipe, directions: Sequence[KnownDirection]) -> Iterator[str]:
    """What is not on this machine is seen when it is loaded."""
    if recipe.student.fresh is not None:
        yield from _fresh_problems(recipe.student.fresh, directions)
    problem = why_not_told(recipe.student)
    if problem:
        yield f"student.model: '{recipe.student.model}': {problem}"


def _fresh_problems(shape: FreshSettings, directions: Sequence[KnownDirection]) -> Iterator[str]:
    known = {base_language(lang) for lang in shape.languages}
    asked = {one.direction.target for one in directions}
    missing = sorted(lang for lang in asked if base_language(lang) not in known)
    if missing:
        yield (
            f"student.fresh.languages: a new student cannot be asked for {', '.join(missing)}. "
            f"Name every target language: {sorted(asked)}."
        )


def _stage_problems(settings: LanguageAwareSettings) -> Iterator[str]:
    if not (settings.stage_1 or settings.stage_2):
        yield "stage_1: both stages are off, so nothing would be trained."
    if settings.rationales is not None and not settings.stage_1:
        yield "rationales: they are written for stage 1, which is off."
    unlikelihood = settings.unlikelihood
    if unlikelihood.refreshed and math.ceil(unlikelihood.train.epochs) < 2:
        yield "unlikelihood.refreshed: there is one pass only; raise unlikelihood.train.epochs."
    if settings.stage_2 and unlikelihood.train.objective == "self-distillation":
        yield 'unlikelihood.train.objective: "self-distillation" knows no wrong answers; take "likelihood".'


def _conflict_problems(settings: LanguageAwareSettings, directions: Sequence[KnownDirection]) -> Iterator[str]:
    if not settings.stage_2:
        return
    supervised, zero_shot = supervised_directions(directions), zero_shot_directions(directions)
    policy = settings.unlikelihood.conflicts
    if policy == "zero-shot-pair" and not zero_shot:
        yield 'unlikelihood.conflicts: "zero-shot-pair" draws from directions without a path, and there is none.'
        return
    source = ConflictSource(policy, dict.fromkeys(supervised, 2), zero_shot)
    possible = (changes_target(wrong, own) for own in supervised for wrong in source.candidates(own))
    if supervised and not any(possible):
        yield (
            f'unlikelihood.conflicts: no wrong direction is possible under "{policy}", since all text is into one '
            'language. Name directions into another one, or take "reverse".'
        )


def _rule_problems(
    settings: LanguageAwareSettings, recipe: Recipe, directions: Sequence[KnownDirection]
) -> Iterator[str]:
    """Rules on a mean over directions of which none is measured."""
    measured = {one.group for one in directions if one.is_measured}
    told = {"zero_shot": "no direction without a path has a test", "supervised": "no direction with text has a test"}
    for rule in _readable_rules(settings, recipe):
        if rule.test in MEANS and rule.test not in measured:
            yield f"gate: '{rule.text}': {told[rule.test]}, so it cannot hold. Name a test, or other rules."


def _baseline_problems(settings: LanguageAwareSettings, recipe: Recipe) -> Iterator[str]:
    baselines = settings.baselines
    if baselines.contrastive is not None:
        yield from contrastive_problems(baselines.contrastive, recipe, place="baselines.contrastive")
        if recipe.evaluation.contrastive is not None:
            yield "baselines.contrastive: evaluation.contrastive decodes every student so; leave one of them out."
    if baselines.shots is not None:
        yield from shots_problems(baselines.shots, recipe, place="baselines.shots")
        if baselines.shots.in_training:
            yield "baselines.shots.in_training: nothing is trained for a baseline. Set it in student.shots."
        if recipe.student.shots is not None:
            yield "baselines.shots: student.shots shows every student demonstrations; leave one of them out."


def directed_tests(settings: LanguageAwareSettings) -> tuple[str, ...]:
    """Test sets that a rule can name besides those of the recipe's texts: the means, and each direction with a test."""
    return (*MEANS, *(one.name for one in settings.directions if one.test))


def _readable_rules(settings: LanguageAwareSettings, recipe: Recipe) -> tuple[Rule, ...]:
    measures = (*MEASURES, *recipe.evaluation.metrics)
    try:
        return parse_rules(settings.gate, measures=measures, tests=(*TESTS, *directed_tests(settings)))
    except RecipeError:  # told among the problems of the gate
        return ()


def _ceiling_problems(settings: LanguageAwareSettings, recipe: Recipe) -> list[str]:
    """The step's teacher only translates the test sets of the recipe's texts; with several, one must be named."""
    if not recipe.teachers or not recipe.evaluation.teacher_scores:
        return []
    return teacher_problems(recipe, settings.teacher, key="teacher")
