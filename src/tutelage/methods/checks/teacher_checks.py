"""Checks of a recipe's teachers that ask them nothing."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from tutelage.core.languages import base_language
from tutelage.core.recipe import Recipe, TeacherSettings
from tutelage.teachers.engine_fast_translate import MODELS


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
    return [*_endpoint_problems(settings), *_key_problems(settings), *_price_problems(settings, recipe)]


def _engine_problems(recipe: Recipe) -> list[str]:
    direction = recipe.direction.direction
    if (base_language(direction.source), base_language(direction.target)) in MODELS:
        return []
    known = ", ".join(f"{source}→{target}" for source, target in MODELS)
    return [f".kind: fast-translate has no model for {direction}. It translates {known}; use a chat teacher."]


def _gguf_problems(settings: TeacherSettings) -> list[str]:
    if settings.model is None or Path(settings.model).expanduser().is_file():
        return []
    return [f".model: there is no GGUF file '{settings.model}'. Leave it out for the embedded one."]


def _endpoint_problems(settings: TeacherSettings) -> list[str]:
    problems = []
    if not settings.base_url:
        problems.append(".base_url: missing; for instance http://localhost:8000/v1.")
    elif urlsplit(settings.base_url).scheme not in {"http", "https"} or not urlsplit(settings.base_url).netloc:
        problems.append(f".base_url: '{settings.base_url}' is not an address like http://localhost:8000/v1.")
    if not settings.model:
        problems.append(".model: missing; name the model at the endpoint.")
    return problems


def _key_problems(settings: TeacherSettings) -> list[str]:
    if settings.api_key_env is None or os.environ.get(settings.api_key_env):
        return []
    if not settings.api_key_env.replace("_", "").isalnum():
        # the text is not shown: it may be the key itself
        return [".api_key_env: this is not the name of an environment variable. Keys never stand in a recipe."]
    name = settings.api_key_env
    return [f".api_key_env: the environment variable {name} is not set. Set it with: export {name}=…"]


def _price_problems(settings: TeacherSettings, recipe: Recipe) -> list[str]:
    if recipe.budget.cost is None or None not in (settings.input_price, settings.output_price):
        return []
    return [": budget.cost limits the cost, so give input_price and output_price (per million tokens; 0 if free)."]
