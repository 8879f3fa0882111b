"""Checks of a recipe's teachers that ask them nothing."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from tutelage.core.errors import UsageError, UserError
from tutelage.core.languages import base_language
from tutelage.core.recipe import Recipe, TeacherSettings
from tutelage.labelling.patcher import locate_patcher
from tutelage.labelling.teachers import teacher_rates
from tutelage.students.families import CAUSAL, family_of
from tutelage.students.loading import read_model_type
from tutelage.teachers.connections import open_http_client
from tutelage.teachers.engines.fast_translate import MODELS


def teacher_table_problems(recipe: Recipe) -> list[str]:
    """What is missing or wrong in each [teachers.NAME] table."""
    problems = []
    for name, settings in recipe.teachers.items():
        found = _kind_problems(settings, recipe)
        problems += [f"teachers.{name}{problem}" for problem in found]
    return problems


def _kind_problems(settings: TeacherSettings, recipe: Recipe) -> list[str]:
    if settings.kind == "fast-translate":
        return _engine_problems(recipe)
    if settings.kind == "llama-server":
        return _gguf_problems(settings)
    if settings.kind == "patcher":
        return _patcher_problems(settings)
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
    problems = [
        f".base_url: '{url}' is not an address like http://localhost:8000/v1."
        for url in urls
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc
    ]
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
    if settings.api_key_env is None or os.environ.get(settings.api_key_env):
        return []
    if not settings.api_key_env.replace("_", "").isalnum():
        # the text is not shown: it may be the key itself
        return [".api_key_env: this is not the name of an environment variable. Keys never stand in a recipe."]
    name = settings.api_key_env
    return [f".api_key_env: the environment variable {name} is not set. Set it with: export {name}=…"]


def _price_problems(settings: TeacherSettings, recipe: Recipe) -> list[str]:
    try:
        known = teacher_rates(settings).known
    except UsageError as error:
        return [f".prices: {error}"]
    if recipe.budget.cost is None or known:
        return []
    return [": budget.cost limits the cost, so give input_price and output_price (per million tokens; 0 if free)."]
