"""What of a recipe does not fit a paraphrase step, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from tutelage.core.errors import MissingExtraError, RecipeError, UserError, did_you_mean
from tutelage.core.languages import Direction, base_language
from tutelage.core.recipe import Recipe
from tutelage.core.teacher_settings import TeacherSettings
from tutelage.labelling.kinds.registry import kind_of
from tutelage.labelling.roles.paraphrases import ROUND_TRIP
from tutelage.labelling.teachers import choose_teacher, teacher_problems
from tutelage.methods.paraphrase.faults import read_forbidden
from tutelage.methods.paraphrase.models import NO_FLUENCY, NO_PARSER
from tutelage.methods.paraphrase.settings import ParaphraseSettings
from tutelage.stages.checks.engine_checks import search_problems
from tutelage.stages.rehearsal.problems import rationale_problems
from tutelage.students.language_model import require_language_model

LINK_GRAMMAR = "link-grammar"
PARSING_MODULES = ("spacy", "stanza")
"""Parsers that are Python modules, named with a model behind a colon."""
PARSERS = (NO_PARSER, LINK_GRAMMAR, "spacy:MODEL", "stanza:LANG")


def paraphrase_problems(settings: ParaphraseSettings, recipe: Recipe) -> list[str]:
    """A direction that translates, missing text and teachers, files that cannot be read, steps beside it."""
    found = [
        *_direction_problems(recipe),
        *_teacher_problems(settings, recipe),
        *_filter_problems(settings),
        *_model_problems(settings),
        *_search_problems(settings, recipe),
        *rationale_problems(settings.rationales, settings, recipe),
    ]
    return list(dict.fromkeys(found))


def _direction_problems(recipe: Recipe) -> Iterator[str]:
    direction = recipe.direction.direction
    if not direction.is_paraphrase:
        yield (
            f"direction: {direction} translates; paraphrase is from a language to itself, for instance "
            f'source = "{direction.source}", target = "{direction.source}".'
        )
    if len(recipe.step) > 1:
        yield "method: its student paraphrases and is measured so, and no other step fits beside it; give it a recipe."


def _teacher_problems(settings: ParaphraseSettings, recipe: Recipe) -> Iterator[str]:
    if settings.asked_styles:
        yield from teacher_problems(recipe, settings.teacher, key="teacher", chat=True)
    if ROUND_TRIP in settings.style:
        yield from _round_trip_problems(settings, recipe)
    elif settings.translator is not None:
        yield 'translator: only read with style = "round-trip".'


def _round_trip_problems(settings: ParaphraseSettings, recipe: Recipe) -> Iterator[str]:
    """A translator that is not clear, or cannot go both ways."""
    key = "translator" if settings.translator is not None else "teacher"
    yield from teacher_problems(recipe, settings.translating_teacher, key=key)
    home = recipe.direction.source
    for via in settings.via:
        if base_language(via) == base_language(home):
            yield f"via: {via} is the language of the text; name another one."
        elif teacher := _settings(recipe, settings.translating_teacher):
            kind = kind_of(teacher)
            if not all(map(kind.translates, (Direction(home, via), Direction(via, home)))):
                yield (
                    f"via: {teacher.kind} cannot go {home}→{via}→{home}; it translates {kind.directions}. "
                    "Use a chat teacher."
                )


def _settings(recipe: Recipe, name: str | None) -> TeacherSettings | None:
    try:
        return recipe.teachers[choose_teacher(recipe.teachers, name)]
    except RecipeError:  # told above
        return None


def _filter_problems(settings: ParaphraseSettings) -> Iterator[str]:
    filters = settings.filters
    if None not in (filters.min_length, filters.max_length) and filters.min_length > filters.max_length:  # type: ignore[operator]
        yield "filters.min_length: above filters.max_length, so that nothing would be left."
    try:
        read_forbidden(filters.forbidden_words)
    except UserError as error:
        yield f"filters.forbidden_words: {error}"


def _search_problems(settings: ParaphraseSettings, recipe: Recipe) -> Iterator[str]:
    if settings.decoding.search == "diverse" and recipe.student.engine != "transformers":
        yield (
            f'decoding.search: "diverse" is a search of the transformers engine, and student.engine is '
            f'"{recipe.student.engine}". Set student.engine = "transformers", or search = "top-p".'
        )
    if settings.decoding.search == "beam" and settings.decoding.outputs > 1:
        yield from search_problems(recipe.student.engine, place="decoding.search", fix='Set it to "top-p"')


def _model_problems(settings: ParaphraseSettings) -> Iterator[str]:
    """A parser of no known kind, modules that are not installed, rules on what nothing measures."""
    kind, _, model = settings.parser.partition(":")
    if settings.parser not in (NO_PARSER, LINK_GRAMMAR) and not (kind in PARSING_MODULES and model):
        yield f"parser: no parser is called '{settings.parser}'. {did_you_mean(settings.parser, PARSERS)}"
    elif kind in PARSING_MODULES and find_spec(kind) is None:
        yield f"parser: {MissingExtraError(kind, extra='paraphrase')}"
    module = "model2vec" if settings.embedder.startswith("model2vec:") else "sentence_transformers"
    if find_spec(module) is None:
        yield f"embedder: {MissingExtraError(module, extra='paraphrase')}"
    if settings.parser == NO_PARSER:
        named = [rule for rule in settings.gate if rule.partition(":")[0].strip().endswith("syntactic")]
        yield from (f"gate: '{rule}': syntax is measured by a parser, and none is named." for rule in named)
    yield from _fluency_problems(settings)


def _fluency_problems(settings: ParaphraseSettings) -> Iterator[str]:
    """A language model that is not there, or a rule on fluency without one."""
    if settings.fluency == NO_FLUENCY:
        named = [rule for rule in settings.gate if rule.partition(":")[0].strip().endswith("fluency")]
        yield from (f"gate: '{rule}': fluency is told by a language model, and none is named." for rule in named)
        return
    try:
        require_language_model(settings.fluency)
    except UserError as error:
        yield f'fluency: {error} Or set fluency = "none": the score then counts broken language as distance.'
