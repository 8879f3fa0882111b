"""Every field of a recipe by its path, and other values for it, written as overrides of the command line."""

import json
import re
import sys
from pathlib import Path
from types import UnionType
from typing import Literal, Union, get_args, get_origin

from pydantic import BaseModel

SCORER = Path(__file__).with_name("overlap_scorer.py")
OTHER = {
    r"direction\.source": ['{path}="de"'],
    r"direction\.target": ['{path}="pt-PT"'],
    r"student\.model": ['{path}="{value}-other"'],
    r"student\.instruction": ['{path}="own-language"'],
    r"student\.shots\.path": ['{path}="{place}/other/parallel.jsonl"'],
    r"student\.fresh\.languages": ['{path}=["pt-BR"]'],
    r"student\.fresh\.(heads|width)": ["{path}=4", "student.fresh.width=32"],
    r"student\.fresh\.masks": ["{path}=11"],
    r"teachers\.\w+\.model": ['{path}="another"'],
    r"teachers\.\w+\.(headers|query)": ['{path}={{version="2"}}'],
    r"teachers\.\w+\.base_url": ['{path}="{local}"'],
    r"teachers\.\w+\.api_key_env": ['{path}="PATH"'],
    r"teachers\.\w+\.prices": ['{path}="{place}/prices.toml"'],
    r".*\.(test|path|pool|parallel|dev|general|sentences|post_edits|drafts|memory)\.path": ['{path}="{other}"'],
    r"(text\..*|.*\.path|.*\.test)\.format": ['{path}="jsonl"'],
    r"(text\..*|.*\.path|.*\.test)\.fields": ['{path}={{source="en", target="pt_BR"}}'],
    r"(text\..*|.*\.path|.*\.test)\.only": ['{path}={{origin=["own", "else"]}}'],
    r"(text\..*|.*\.path|.*\.test)\.without": ['{path}={{origin=["else"]}}'],
    r"(text\..*|.*\.path|.*\.test)\.(part|shares)": [
        "{table}.shares={{a=0.9, b=0.1}}", '{table}.part="a"', '{table}.split_by="segment"'
    ],
    r"evaluation\.language_id": ['{path}="{place}/lid-other.bin"'],
    r"evaluation\.metrics": ['{path}={{own={{command=["{python}", "{scorer}", "{place}/log"]}}}}'],
    r"filters\.least": [
        "{path}={{own=1}}",
        'evaluation.metrics.own={{command=["{python}", "{scorer}", "{place}/log", "--no-reference"]}}',
    ],
    r"evaluation\.beam_size": ["{path}=5"],
    r"student\.engine": ['{path}="transformers"'],
    r"evaluation\.contrastive\.languages": ['{path}=["fr"]'],
    r"budget\.calls": ["{path}=90000"],
    r"budget\.(tokens|cost)": ["{path}=9000000"],
    r"ledger": ['{path}="{place}/other.sqlite"'],
    r"stages": ['{path}="{place}/stages"'],
    r"runner\.kind": ['{path}="elsewhere"'],
    r"runner\.address": ['{path}="localhost:6379"'],
    r"retention\.max_answer_tokens": ["{path}=1"],
    r"retention\.abilities": ['{path}=["facts"]'],
    r"retention\.arithmetic": ["{path}=1"],
    r"retention\.reasoning": ["{path}={{chain_sum=1}}"],
    r"step\.0\.gate": ['{path}=["{rule}"]'],
    r".*\.lora\.targets": ['{path}=["q_proj"]'],
    r".*\.feedback\.examples": ['{path}="{place}/examples.jsonl"'],
    r".*\.feedback\.verified": ['{path}="round_trip"', 'step.0.feedback.second="llm"'],
    r".*\.contexts\.source": ['{path}="written"'],
    r".*\.analogies\.round_trip": ['{path}="llm"'],
    r".*\.rationales\.filters\.languages": ['{path}=["en"]'],
    r".*\.instructions": ['{path}={{path="{place}/chats.jsonl"}}'],
    r"step\.0\.target": ['{path}="reference"'],
    r"step\.0\.directions\.\d\.(source|target)": ['{path}="pt-PT"'],
    r".*\.ask\.strategy": ['{path}="random"'],
    r".*\.translator": ['{path}="{value}-other"'],
    r".*\.roles": ['{path}=["feedback", "analyse", "contexts"]'],
    r".*\.measured_per_role": ["{path}=2"],
    r".*\.style": ['{path}=["lexical"]'],
    r".*\.forbidden_words": ['{path}="{place}/forbidden.txt"'],
    r".*\.threshold": ["{path}=0.9"],
}  # fmt: skip
"""Changes of fields whose other values cannot be told from their type."""


def list_fields(recipe):
    """`(path, value, annotation)` of every field that is no table itself, `step.0.train.epochs` for one."""
    head = {name: field for name, field in type(recipe).model_fields.items() if name != "step"}
    yield from _fields(recipe, head, "")
    for number, step in enumerate(recipe.step):
        yield from _fields(step, type(step).model_fields, f"step.{number}.")


def change_field(path, value, annotation, *, place, rule):
    """Overrides that give a field another value; empty if nobody has said one."""
    for pattern, changes in OTHER.items():
        if re.fullmatch(pattern, path):
            other = place / "other" / str(value).rpartition("/")[2]
            local = str(value).replace("127.0.0.1", "localhost")
            names = {"local": local, "path": path, "table": path.rpartition(".")[0], "value": value, "other": other}
            names |= {"python": sys.executable, "scorer": SCORER, "place": place, "rule": rule}
            return [change.format(**names) for change in changes]
    written = _other_value(value, annotation)
    return [] if written is None else [f"{path}={written}"]


def _other_value(value, annotation):
    kinds = _kinds(annotation)
    others = [one for kind in kinds if get_origin(kind) is Literal for one in get_args(kind) if one != value]
    if isinstance(value, bool):
        return json.dumps(not value)
    if isinstance(value, int):
        return str(value + 1)
    if isinstance(value, float):
        return str(value * 0.75 if value else 0.25)
    if isinstance(value, str) and others:
        return json.dumps(others[0])
    if value is None and {int, float} & set(kinds):
        return "7" if int in kinds else "0.5"
    return None


def _fields(table, fields, prefix):
    for name, field in fields.items():
        value, path = getattr(table, name), f"{prefix}{name}"
        if isinstance(value, BaseModel):
            yield from _fields(value, type(value).model_fields, f"{path}.")
        elif isinstance(value, dict) and all(isinstance(one, BaseModel) for one in value.values()) and value:
            for key, inner in value.items():
                yield from _fields(inner, type(inner).model_fields, f"{path}.{key}.")
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            for number, inner in enumerate(value):
                yield from _fields(inner, type(inner).model_fields, f"{path}.{number}.")
        else:
            yield path, value, field.annotation


def _kinds(annotation):
    if get_origin(annotation) in (Union, UnionType):
        return [kind for part in get_args(annotation) for kind in _kinds(part)]
    if hasattr(annotation, "__metadata__"):
        return _kinds(get_args(annotation)[0])
    return [annotation]
