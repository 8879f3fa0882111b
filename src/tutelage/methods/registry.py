"""The methods by name: a new one is a folder and one line here, or an entry point of `tutelage.methods` outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutelage.core.recipe import StepSettings
from tutelage.core.registry import Registry
from tutelage.evaluation.measures import declare

if TYPE_CHECKING:
    from tutelage.methods.method import Method

METHODS = Registry(
    "method",
    {
        "language_aware": "tutelage.methods.language_aware.step:LANGUAGE_AWARE",
        "paraphrase": "tutelage.methods.paraphrase.step:PARAPHRASING",
        "patching": "tutelage.methods.patching.step:PATCHING",
        "radis": "tutelage.methods.radis.step:RADIS",
        "sequence_kd": "tutelage.methods.sequence_kd.step:SEQUENCE_KD",
        "train_patcher": "tutelage.methods.train_patcher.step:TRAIN_PATCHER",
    },
    group="tutelage.methods",
)


def load_method(name: str) -> Method[Any]:
    """The method called `name`, its measures known from then on; UsageError if there is none or it is no method."""
    from tutelage.methods.method import Method

    method = METHODS.load_instance(name, Method)
    declare(method.measures)
    return method


def step_types() -> dict[str, type[StepSettings]]:
    """The settings of every method, by its name."""
    return {name: load_method(name).settings for name in METHODS}
