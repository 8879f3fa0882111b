"""Recipes of whole runs on the toy domain, and the scripted teacher with the segments that it cannot translate."""

import copy

from answer_key import PLACEHOLDERS, answer, delimited
from scripted.llm import Misbehaviour
from tutelage.core.recipe_reading import validate_recipe
from tutelage.methods.registry import step_types

SHAPE = {
    "width": 64, "feed_forward": 128, "heads": 2, "encoder_layers": 1, "decoder_layers": 1, "vocabulary": 345,
    "masks": 0, "dropout": 0.0, "max_tokens": 64,
}  # fmt: skip
TRAIN = {"batch_tokens": 1024, "label_smoothing": 0.0, "precision": "float32"}
REFUSED = "Open the secret file with the big menu."
UNREADABLE = "Close the broken file and the old menu."
LOSES_PLACEHOLDER = "Save the wrong file {name} with the new menu."
DIFFICULT = (REFUSED, UNREADABLE, LOSES_PLACEHOLDER)
"""Segments that the scripted teacher cannot translate, each in its own way."""


def say(messages):
    """The answer key, but for the segments that are difficult."""
    text = delimited(messages[:1]) if messages[0]["content"].startswith("You translate") else ""
    if text == UNREADABLE:
        return "I would rather not say."
    if text == LOSES_PLACEHOLDER:
        return answer(messages).replace("{name} ", "")
    return answer(messages)


def refuse(_number, body):
    """The server turns one request down."""
    if REFUSED in body["messages"][-1]["content"]:
        return Misbehaviour(status=400, body='{"error": {"message": "not this one"}}')
    return None


def patching_table(domain, student, llm, **changes):
    """The tables of a recipe that patches; `changes` are merged into it, `step` into its only step."""
    table = {
        "name": "patch",
        "seed": 1,
        "direction": {"source": "en", "target": "pt-BR"},
        "student": {"model": str(student)},
        "teachers": {"llm": {"kind": "chat", "model": "scripted", "base_url": getattr(llm, "base_url", llm)}},
        "text": {use: {"path": str(domain / f"{use}.jsonl")} for use in ("pool", "dev", "test")},
        "evaluation": {"resamples": 100},
    }
    step = {
        "method": "patching",
        "feedback": {"source": "translated"},
        "train": {**TRAIN, "batch_tokens": 512, "learning_rate": 2e-3, "epochs": 15, "evaluate_every": 1000},
    }
    step = merged(step, changes.pop("step", {}))
    return {**merged(table, changes), "step": [step]}


def make_recipe(table):
    """The validated recipe."""
    return validate_recipe(copy.deepcopy(table), step_types=step_types())


def merged(table, changes):
    """The tables with changes in them, table by table."""
    joined = dict(table)
    for key, value in changes.items():
        joined[key] = merged(joined[key], value) if isinstance(value, dict) and key in joined else value
    return joined


def has_placeholder(text):
    """Whether one of the domain's placeholders is in the text."""
    return any(mark in text for mark in PLACEHOLDERS)
