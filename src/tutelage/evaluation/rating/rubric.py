"""What raters of paraphrases are asked: four criteria, each a scale from 1 to 5 with its steps in words."""

from __future__ import annotations

from dataclasses import dataclass

RUBRIC = "paraphrase-rubric-1"
"""Changes whenever the words below do: ratings by different rubrics cannot be set side by side."""
LOWEST, HIGHEST = 1, 5
SCALE = tuple(range(LOWEST, HIGHEST + 1))
OVERALL = "overall"
"""The mean of all criteria of one text; it has no question of its own."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question about a text; higher is better for a paraphrase."""

    name: str
    """As columns are called."""
    label: str
    question: str
    anchors: tuple[str, ...]
    """What 1 to 5 mean."""


CRITERIA = (
    Criterion(
        "meaning",
        "meaning",
        "Does the text say what the source says?",
        (
            "It says something else, or nothing.",
            "A central part is wrong, missing or invented.",
            "The central part is right; something of weight is wrong, missing or invented.",
            "All of weight is there; a nuance has changed.",
            "It says all of it and nothing more.",
        ),
    ),
    Criterion(
        "fluency",
        "fluency",
        "Is it good language, read without the source?",
        (
            "It cannot be understood as language.",
            "It is understood with effort; several mistakes.",
            "It is understood at once; mistakes, or wording that nobody uses.",
            "It is correct; a wording is a little unusual.",
            "A careful native writer could have written it.",
        ),
    ),
    Criterion(
        "lexical_change",
        "lexical change",
        "How many of the source's words have become other words? Their order does not count here.",
        (
            "The same words.",
            "One or two words are others.",
            "About half of the content words are others.",
            "Most content words are others.",
            "All content words are others, but for names, figures and what has no other word.",
        ),
    ),
    Criterion(
        "syntactic_change",
        "syntactic change",
        "How differently is the sentence built? The choice of words does not count here.",
        (
            "Built the same.",
            "A phrase has moved, or a small word has come or gone.",
            "A phrase or clause is built differently, the frame of the sentence is the same.",
            "The frame is another: passive for active, another main clause, sentences joined or divided.",
            "Hardly anything of the structure is left.",
        ),
    ),
)
CRITERION_NAMES = tuple(criterion.name for criterion in CRITERIA)


def describe_rubric() -> str:
    """The criteria with their steps, as lines of text."""
    lines = []
    for criterion in CRITERIA:
        lines.append(f"{criterion.name}: {criterion.question}")
        lines += [f"  {value} = {anchor}" for value, anchor in zip(SCALE, criterion.anchors, strict=True)]
    return "\n".join(lines)
