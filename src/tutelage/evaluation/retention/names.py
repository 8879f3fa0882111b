"""How abilities and their retention are called in scores, rules and reports."""

from __future__ import annotations

TEST = "abilities"
"""The test set that the scores of abilities and retention are of."""
MEAN = "abilities"
"""The score that is the mean of all abilities."""
OVERALL = "retention"
"""The score that is the retention over all abilities."""
DRIFT = "drift"
"""The score that says how far a student has moved from the one before."""
ENDS = "drift_ends"
"""The same where answers end."""
_ABILITY, _RETENTION = "ability.", "retention."
ABILITIES = {
    "instructions": "instructions followed",
    "arithmetic": "arithmetic",
    "facts": "facts",
    "refusal": "refusal of harmful requests",
    "wrapped_refusal": "refusal of wrapped requests",
    "harmless": "harmless requests answered",
    "reasoning": "reasoning tasks",
}
"""The built-in abilities, and how they are told."""


def ability_score(ability: str) -> str:
    """Name of an ability's score, in percent."""
    return _ABILITY + ability


def retention_score(ability: str) -> str:
    """Name of an ability's retention, a ratio."""
    return _RETENTION + ability


def is_ability(name: str) -> bool:
    """Whether a score is the share of an ability's items that passed."""
    return name.startswith(_ABILITY)


def is_retention(name: str) -> bool:
    """Whether a score is a ratio of after to before."""
    return name == OVERALL or name.startswith(_RETENTION)


def is_of_abilities(name: str) -> bool:
    """Whether a score or a rule's subject speaks of abilities, their retention, or drift."""
    return name in (MEAN, OVERALL, DRIFT, ENDS) or name.startswith((_ABILITY, _RETENTION))


def ability_of(name: str) -> str:
    """The ability that a score is of; empty for those over all abilities."""
    return name.partition(".")[2]


def describe_ability(ability: str) -> str:
    """The ability in words: `facts`, `refusal of wrapped requests`; tasks of lm-eval by their own name."""
    return ABILITIES.get(ability, ability)
