"""The prompts of the roles: one text file for each role and version."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from tutelage.core.languages import Direction, language_name


def read_prompt(version: str, **values: object) -> str:
    """The prompt called `version` (`feedback-2`) with its blanks filled."""
    return _text(version).format(**values)


def name_languages(direction: Direction) -> dict[str, str]:
    """The blanks for a direction."""
    return {
        "source_language": language_name(direction.source),
        "target_language": language_name(direction.target),
    }


@cache
def _text(version: str) -> str:
    folder = files("tutelage.labelling.roles") / "prompts"
    return (folder / f"{version}.txt").read_text("utf-8").strip()
