"""Every measure by its name: how it is called and written, and who takes it. A method from outside declares its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tutelage.evaluation.retention import names


@dataclass(frozen=True, slots=True)
class Measure:
    """How a measure is called and written."""

    label: str
    unit: str
    decimals: int
    higher_is_better: bool
    quiet: bool = False
    """Shown only if it is not zero."""
    taken_by: str = ""
    """The command that takes it, for one that no step takes; empty: a step does."""


TRANSLATION = {
    "chrf": Measure("chrF", "", 1, True),
    "bleu": Measure("BLEU", "", 1, True),
    "off_target": Measure("off-target", " %", 1, False),
    "off_target_told": Measure("off-target of the told", " %", 1, False, quiet=True),
    "unknown": Measure("language unknown", " %", 1, False, quiet=True),
    "echo": Measure("copies of the source", " %", 1, False, quiet=True),
    "empty": Measure("empty", " %", 1, False, quiet=True),
    "placeholders": Measure("placeholders kept", " %", 1, True),
    "numbers": Measure("numbers kept", " %", 1, True),
    "urls": Measure("addresses kept", " %", 1, True),
    "terms": Measure("terms kept", " %", 1, True),
    "forbidden_terms": Measure("forbidden terms used", " %", 1, False),
}
"""Of every step whose student translates."""
PARAPHRASE = {
    "combined": Measure("paraphrase score", "", 1, True),
    "meaning": Measure("meaning kept", "", 1, True),
    "fluency": Measure("fluency", " %", 1, True),
    "lexical": Measure("lexical distance", "", 1, True),
    "jaccard": Measure("words not shared", " %", 1, True),
    "syntactic": Measure("syntactic distance", "", 1, True),
    "candidates": Measure("diversity among candidates", "", 1, True, quiet=True),
    "distinct_1": Measure("distinct words", " %", 1, True),
    "distinct_2": Measure("distinct pairs of words", " %", 1, True),
    "compression": Measure("compression ratio", "", 2, False),
}
RETENTION = {
    names.MEAN: Measure("mean of abilities", " %", 1, True),
    names.OVERALL: Measure("retention", "", 3, True),
    names.DRIFT: Measure("drift", " nats a token", 3, False),
    names.ENDS: Measure("drift at the ends of answers", " nats", 3, False),
}
TERM_ACCURACY = {
    "term_accuracy_substring": Measure("term accuracy", " %", 1, True, taken_by="`tutelage words` does"),
    "term_accuracy_word": Measure("whole words", " %", 1, True, taken_by="`tutelage words` does"),
    "term_accuracy_lemma": Measure("lemmas", " %", 1, True, taken_by="`tutelage words` does"),
    "term_accuracy_judge": Measure("judged", " %", 1, True, taken_by="`tutelage words` does"),
}
DETECTION = {
    "precision": Measure("precision", " %", 1, True, taken_by="`tutelage probe` does"),
    "recall": Measure("recall", " %", 1, True, taken_by="`tutelage probe` does"),
    "f1": Measure("F1", " %", 1, True, taken_by="`tutelage probe` does"),
    "false_alarms": Measure("false alarms", " %", 1, False, taken_by="`tutelage probe` does"),
}
EXPORT = {
    "protected": Measure("protected spans kept", " %", 1, True, taken_by="`tutelage export` does"),
    "runaway": Measure("runaway outputs", " %", 1, False, taken_by="`tutelage export` does"),
}
MEASURES: dict[str, Measure] = {**TRANSLATION, **PARAPHRASE, **RETENTION, **TERM_ACCURACY, **DETECTION, **EXPORT}
"""All that are known; methods add theirs by `declare`."""


def declare(measures: Mapping[str, Measure]) -> None:
    """Makes measures known under their names; ValueError if a name stands for another measure already."""
    for name, measure in measures.items():
        if MEASURES.setdefault(name, measure) != measure:
            raise ValueError(f"'{name}' is another measure already: {MEASURES[name].label}")


def find_measure(name: str) -> Measure | None:
    """How a score is written, abilities and their retention included; `None` if nobody has declared it."""
    if name in MEASURES or not names.is_of_abilities(name):
        return MEASURES.get(name)
    told = names.describe_ability(names.ability_of(name))
    return Measure(told, " %", 1, True) if names.is_ability(name) else Measure(f"retention of {told}", "", 3, True)


def is_silent(name: str, *values: float) -> bool:
    """Whether a measure has nothing to say: a quiet one with nothing but zeros."""
    measure = MEASURES.get(name)
    return measure is not None and measure.quiet and not any(values)
