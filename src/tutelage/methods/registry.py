"""The methods by name: a new one is a folder and one line here, or an entry point of `tutelage.methods` outside."""

from __future__ import annotations

from tutelage.core.recipe import StepSettings
from tutelage.core.registry import Registry

METHODS = Registry(
    "method",
    {
        "language_aware": "tutelage.methods.language_aware.step:LanguageAware",
        "paraphrase": "tutelage.methods.paraphrase.step:Paraphrase",
        "patching": "tutelage.methods.patching.step:Patching",
        "radis": "tutelage.methods.radis.step:Radis",
        "sequence_kd": "tutelage.methods.sequence_kd.step:SequenceKD",
        "train_patcher": "tutelage.methods.train_patcher.step:TrainPatcher",
    },
    group="tutelage.methods",
)


def step_types() -> dict[str, type[StepSettings]]:
    """The settings of every method, by its name."""
    return {name: METHODS.load(name).settings_type for name in METHODS}
