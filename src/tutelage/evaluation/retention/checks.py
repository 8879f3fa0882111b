"""The checks by name, as items ask for them."""

from __future__ import annotations

from collections.abc import Callable

from tutelage.evaluation.retention import answers, constraints
from tutelage.evaluation.retention.items import AbilityItem
from tutelage.evaluation.retention.reasoning import solves_task

CHECKS: dict[str, Callable[..., bool]] = {
    "lower_case": constraints.is_lower_case,
    "upper_case": constraints.is_upper_case,
    "words": constraints.has_words,
    "no_words": constraints.lacks_words,
    "no_sign": constraints.lacks_sign,
    "at_most_words": constraints.has_at_most_words,
    "at_least_words": constraints.has_at_least_words,
    "bullets": constraints.has_bullets,
    "numbered_lines": constraints.has_numbered_lines,
    "sentences": constraints.has_sentences,
    "paragraphs": constraints.has_paragraphs,
    "lines": constraints.has_lines,
    "begins_with": constraints.begins_with,
    "ends_with": constraints.ends_with,
    "quoted": constraints.is_quoted,
    "one_of": constraints.is_one_of,
    "title": constraints.has_title,
    "json_keys": constraints.is_json_with,
    "last_number": answers.has_last_number,
    "mentions": answers.mentions,
    "speaks_of": answers.speaks_of,
    "own_words": answers.has_own_words,
    "refused": answers.is_refused,
    "not_refused": answers.is_not_refused,
    "solves_task": solves_task,
}
"""Each takes the answer without white space around it, and arguments of its own."""


def passes(item: AbilityItem, answer: str) -> bool:
    """Whether the answer keeps every check of the item; an empty one keeps none, nor does the question repeated."""
    text = answer.strip()
    if not text or answers.normalise_words(text) == answers.normalise_words(item.messages[-1][1]):
        return False
    return all(CHECKS[check.name](text, **check.arguments) for check in item.checks)
